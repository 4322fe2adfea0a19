/** What a line printed by Blender means for the frame (or the opening of the scene) that it belongs to. */
export interface LogSign {
  readonly code: string;
  /** `fail`: this file is no good, another try may be; `refuse`: the picture would be wrong every time. */
  readonly effect: 'fail' | 'refuse' | 'missing' | 'warn';
  readonly message: string;
}

type Rule = readonly [pattern: RegExp, code: string, effect: LogSign['effect'], message: string];

/**
 * Lines of Blender 3.4 and 4.2 that stand for something which ends with exit code 0 all the same. `$1`
 * and so on are groups of the pattern. The first rule that fits counts. Patterns are not anchored: since
 * 5.0 Blender puts a time and a category in front.
 */
const RULES: readonly Rule[] = [
  [
    /OpenEXR-\w+: ERROR/,
    'RENDERER_FAILED',
    'fail',
    'The EXR file could not be written whole: is the disk full?',
  ],
  [/Render error \((.+?)\) cannot save/, 'RENDERER_FAILED', 'fail', 'Blender could not save the frame: $1.'],
  [/No space left on device/, 'RENDERER_FAILED', 'fail', 'The disk is full.'],
  [/[MC]alloc returns null|[Oo]ut of (?:GPU )?memory/, 'RENDERER_FAILED', 'fail', 'Out of memory: $&'],
  [
    /(?:CUDA|OptiX|HIP|Metal|oneAPI) error|Illegal address in/,
    'RENDERER_FAILED',
    'fail',
    'The graphics device failed: $_',
  ],
  [
    /Engine '(.+?)' not available for scene '(.+?)'/,
    'engine-not-available',
    'refuse',
    "Scene '$2' asks for engine '$1', which this Blender does not have; it would render with another one.",
  ],
  [
    /LIB: (.+?): '(.+)' missing from '(.+?)'/,
    'missing-linked-data',
    'missing',
    "$1 '$2' is linked from '$3', which does not hold it.",
  ],
  [
    /restricted access disallows name '(.+?)'/,
    'driver-blocked',
    'refuse',
    "A driver needs Python that is not allowed here ('$1'): use a simple expression, or bake it to keyframes.",
  ],
  [/Error in PyDriver: (.+)/, 'driver-invalid', 'warn', 'A driver does not work: $1'],
  [/Font file doesn't exist/, 'missing-font', 'missing', 'A font is missing; Blender used its own instead.'],
  [/(?:^|\| )(Error: .+)/, 'renderer-error', 'warn', 'Blender said: $1'],
];

/** Progress, by far the most frequent kind of line, never matches a rule: spare the patterns. */
const PROGRESS = /(?:^|\| )Fra: ?(-?\d+) .*?(?:Sample |Rendering )(\d+) ?\/ ?(\d+)/;
const MAY_MATTER = /ERROR|[Ee]rror|disallows|missing|memory|null|space left|Illegal|exist/;

export function readSign(line: string): LogSign | undefined {
  if (!MAY_MATTER.test(line)) return undefined;
  for (const [pattern, code, effect, message] of RULES) {
    const match = pattern.exec(line);
    if (match) return { code, effect, message: filled(message, match, line) };
  }
  return undefined;
}

export interface LineProgress {
  readonly frame: number;
  /** 0..1 */
  readonly done: number;
}

/** `Fra:12 … | Sample 3/16`, `Fra: 12 | … | Rendering 8 / 16 samples`. */
export function readProgress(line: string): LineProgress | undefined {
  if (!line.includes('Fra:')) return undefined;
  const match = PROGRESS.exec(line);
  if (!match) return undefined;
  const total = Number(match[3]);
  return { frame: Number(match[1]), done: total > 0 ? Math.min(1, Number(match[2]) / total) : 0 };
}

const filled = (message: string, match: RegExpExecArray, line: string): string =>
  message.replace(/\$(\d|&|_)/g, (_, key: string) =>
    key === '_' ? line : key === '&' ? match[0] : (match[Number(key)] ?? ''),
  );
