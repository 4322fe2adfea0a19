import type { SceneReference } from '../scene-facts.ts';
import { hasBit, number, pointer, type Row, type Rows, text } from './rows.ts';

/** `RenderData.scemode`: the sequencer's picture replaces the render where there is one. */
const SEQUENCER = 0x1;
/** `Sequence.type`. Source: blender/blender, makesdna/DNA_sequence_types.h. */
const IMAGE = 0;
const MOVIE = 3;
const SOUND = 4;
const MUTED = 0x20;

/** As Blender decides it: switched on, and at least one strip that is heard not only and not muted. */
export const usesSequencer = (rows: Rows, scene: Row): boolean =>
  hasBit(scene, 'r.scemode', SEQUENCER) &&
  rows
    .of('Sequence')
    .some(
      (strip) =>
        strip.owner === scene.owner && number(strip, 'type') !== SOUND && !hasBit(strip, 'flag', MUTED),
    );

/** The files of image and movie strips; those of sound strips are data-blocks of their own. */
export const stripReferences = (rows: Rows): SceneReference[] => {
  const elements = elementsOf(rows);
  return rows.of('Sequence').flatMap((strip) => {
    const type = number(strip, 'type');
    const data = rows.within(strip.owner, 'Strip', pointer(strip, 'strip'));
    if (!data || (type !== IMAGE && type !== MOVIE)) return [];
    const folder = (text(data, 'dir') ?? '').replaceAll('\\', '/').replace(/([^/])$/, '$1/');
    const files = elements.get(`${strip.owner} ${pointer(data, 'stripdata')}`) ?? [];
    const user = `strip ${(text(strip, 'name') ?? '').slice(2)}`;
    return files.map(
      (file): SceneReference => ({
        kind: type === IMAGE ? 'image' : 'movie',
        path: `${folder}${text(file, 'name') ?? ''}`,
        user,
        packed: false,
      }),
    );
  });
};

/** The elements of each strip lie in one block, and only the first of a block has an address. */
const elementsOf = (rows: Rows): ReadonlyMap<string, readonly Row[]> => {
  const lists = new Map<string, Row[]>();
  let list: Row[] = [];
  for (const element of rows.of('StripElem')) {
    if (element.address !== 0n) {
      list = [];
      lists.set(`${element.owner} ${element.address}`, list);
    }
    list.push(element);
  }
  return lists;
};
