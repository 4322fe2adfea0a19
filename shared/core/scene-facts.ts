/** A file that a scene refers to. */
export interface SceneReference {
  readonly kind:
    | 'image'
    | 'image-sequence'
    | 'udim'
    | 'movie'
    | 'library'
    | 'sound'
    | 'font'
    | 'cache'
    | 'volume'
    | 'ies'
    | 'script';
  /** As stored in the scene, with `\` turned into `/`. Starts with `//` when relative to the scene file. */
  readonly path: string;
  /** The data-block that refers to it, for messages. */
  readonly user: string;
  readonly packed: boolean;
  /**
   * What `path` stands for when it is not one file: a numbered sequence that it is one frame of, the tiles
   * named by its `<UDIM>`, or all that a folder holds.
   */
  readonly spread?: 'sequence' | 'tiles' | 'folder';
  /** With `spread: 'tiles'`: the numbers, 1001 and up. */
  readonly tiles?: readonly number[];
}

/** What a scene file says of itself, read without Blender. */
export interface SceneFacts {
  readonly compression: 'none' | 'gzip' | 'zstd';
  /** Blender version that saved it, e.g. `{ major: 3, minor: 4 }`. */
  readonly savedBy: { readonly major: number; readonly minor: number };
  readonly scene: string;
  readonly scenes: readonly string[];
  readonly frameStart: number;
  readonly frameEnd: number;
  readonly frameStep: number;
  /** Exact frame rate as a fraction. */
  readonly fps: { readonly numerator: number; readonly denominator: number };
  readonly width: number;
  readonly height: number;
  readonly percent: number;
  /** Blender's identifier: `CYCLES`, `BLENDER_EEVEE`, `BLENDER_EEVEE_NEXT`, `BLENDER_WORKBENCH`, … */
  readonly engine: string;
  readonly camera: string | undefined;
  readonly cameras: readonly string[];
  readonly viewLayers: readonly string[];
  /** Blender's identifier of the output format: `PNG`, `OPEN_EXR`, `FFMPEG`, … */
  readonly format: string;
  readonly outputPath: string;
  readonly usesCompositor: boolean;
  readonly usesSequencer: boolean;
  /** Things whose next frame depends on the frame before, not baked: slicing frames would change the picture. */
  readonly simulations: readonly string[];
  /** Freestyle scripts, registered texts, scripted drivers: code in the scene. */
  readonly scripts: readonly string[];
  readonly references: readonly SceneReference[];
  readonly cycles: {
    readonly samples: number | undefined;
    /** `undefined`: this version's default. */
    readonly adaptiveSampling: boolean | undefined;
    readonly denoise: boolean | undefined;
    /** Shaders in Open Shading Language: only a Blender built with it renders them. */
    readonly osl?: boolean;
  };
  /** The scene renders only this part of the picture (0..1 from the lower left), and crops to it or not. */
  readonly border?: {
    readonly left: number;
    readonly right: number;
    readonly bottom: number;
    readonly top: number;
    readonly crop: boolean;
  };
}
