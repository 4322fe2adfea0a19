import { Fault } from '#shared/core/fault.ts';
import type { RenderHead } from '#shared/core/render-events.ts';
import { suggest } from '#shared/core/suggest.ts';

const newest = (heads: readonly RenderHead[]): RenderHead | undefined =>
  heads.toSorted((a, b) => b.createdAt - a.createdAt)[0];

/**
 * The render that a person means: by its id, the start of its id, its shot (then the newest one of the
 * shot), `shot@version`, or `last`. NOT_FOUND says what there is; INVALID_INPUT when the start fits several.
 */
export function findRender(heads: readonly RenderHead[], text: string): RenderHead {
  const exact = heads.find(({ renderId }) => renderId === text);
  if (exact) return exact;
  const [shot, version] = text.split('@');
  const ofShot = heads.filter(
    (head) =>
      head.shot === text ||
      ((head.shot === shot || head.shot.endsWith(`/${shot}`)) &&
        (version === undefined || head.shotVersion === Number(version.replace(/^v/i, '')))),
  );
  const byShot = text === 'last' ? newest(heads) : newest(ofShot);
  if (byShot) return byShot;
  const byStart = text.length < 4 ? [] : heads.filter(({ renderId }) => renderId.startsWith(text));
  if (byStart.length === 1) return byStart[0]!;
  if (byStart.length > 1) {
    const ids = byStart.map(({ renderId }) => renderId).join(', ');
    throw new Fault(
      'INVALID_INPUT',
      `${text}: ${byStart.length} renders begin so: ${ids}; give more of the id`,
    );
  }
  const near = suggest(
    text,
    heads.flatMap(({ renderId, shot: name }) => [renderId, name]),
  );
  const hint = near ? `did you mean ${near}?` : 'dropframe list shows all';
  throw new Fault('NOT_FOUND', `${text}: there is no such render; ${hint}`, { details: { render: text } });
}
