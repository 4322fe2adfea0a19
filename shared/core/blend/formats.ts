/** Output formats by their number in the file. Source: blender/blender, makesdna/DNA_scene_types.h, R_IMF_IMTYPE_*. */
const FORMATS: Readonly<Record<number, string>> = {
  0: 'TARGA',
  1: 'IRIS',
  4: 'JPEG',
  14: 'TARGA_RAW',
  15: 'AVI_RAW',
  16: 'AVI_JPEG',
  17: 'PNG',
  20: 'BMP',
  21: 'HDR',
  22: 'TIFF',
  23: 'OPEN_EXR',
  24: 'FFMPEG',
  26: 'CINEON',
  27: 'DPX',
  28: 'OPEN_EXR_MULTILAYER',
  29: 'DDS',
  30: 'JPEG2000',
  31: 'H264',
  32: 'XVID',
  33: 'THEORA',
  34: 'PSD',
  35: 'WEBP',
};

/** Blender's identifier of an output format, or its number for one that is not known here. */
export const formatName = (imtype: number): string => FORMATS[imtype] ?? `FORMAT_${imtype}`;
