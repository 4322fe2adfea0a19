/** Whose grammar a text is read by. The same text means other frames in another one, so it is never guessed. */
export const DIALECTS = ['fileseq', 'openjd', 'opencue'] as const;
export type Dialect = (typeof DIALECTS)[number];
