import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '#shared/core/fault.ts';
import { foldName, nameCollisions, parseInboxKey, parseShotId } from '#shared/core/inbox.ts';

const shot = { project: 'film', sequence: 'sq01', shot: 'sh010', shotId: 'film/sq01/sh010' };

function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseInboxKey: objects of a shot', () => {
  test.each([
    ['hero_v003.blend', { role: 'scene', name: 'hero', version: 3 }],
    ['hero_V12.BLEND', { role: 'scene', name: 'hero', version: 12 }],
    ['hero.v7.blend', { role: 'scene', name: 'hero', version: 7 }],
    ['hero.blend', { role: 'scene', name: 'hero' }],
    ['_v001.blend', { role: 'scene', name: '_v001' }],
    ['v001.blend', { role: 'scene', name: 'v001' }],
    ['hero_v1234567890.blend', { role: 'scene', name: 'hero_v1234567890' }],
    ['my hero #1 100% ü_v001.blend', { role: 'scene', name: 'my hero #1 100% ü', version: 1 }],
    ['render.yaml', { role: 'settings', name: 'render.yaml' }],
    ['render.YML', { role: 'settings', name: 'render.YML' }],
    ['render.json', { role: 'settings', name: 'render.json' }],
    ['manifest.json', { role: 'manifest', name: 'manifest.json' }],
    ['textures/wood.png', { role: 'asset', name: 'wood.png' }],
    ['wood.png', { role: 'asset', name: 'wood.png' }],
    ['lib/props.blend', { role: 'asset', name: 'props.blend' }],
    ['lib/render.yaml', { role: 'asset', name: 'render.yaml' }],
    ['lib/manifest.json', { role: 'asset', name: 'manifest.json' }],
    ['dropframe.yaml', { role: 'asset', name: 'dropframe.yaml' }],
    ['back~up/a.png', { role: 'asset', name: 'a.png' }],
  ])('%s', (file, expected) => {
    expect(parseInboxKey(`film/sq01/sh010/${file}`)).toEqual({ ...shot, file, ...expected });
  });

  test('unicode comes back composed, whatever the uploader wrote', () => {
    const item = parseInboxKey('film/sq01/scho\u0308n/u\u0308.blend');
    expect(item).toMatchObject({ shotId: 'film/sq01/sch\u00f6n', file: '\u00fc.blend', name: '\u00fc' });
  });
});

describe('parseInboxKey: settings of a project', () => {
  test.each([
    ['film/dropframe.yaml', { role: 'project-settings', project: 'film' }],
    ['film/dropframe.json', { role: 'project-settings', project: 'film' }],
    ['film/sq01/Dropframe.yml', { role: 'project-settings', project: 'film', sequence: 'sq01' }],
  ])('%s', (key, expected) => expect(parseInboxKey(key)).toEqual(expected));
});

describe('parseInboxKey: ignored', () => {
  test.each([
    ['hero.blend.part', 'an upload that is not finished'],
    ['hero.blend.tmp', 'an upload that is not finished'],
    ['hero.blend.crdownload', 'an upload that is not finished'],
    ['hero.blend~', 'an upload that is not finished'],
    ['hero.blend1', 'a backup that Blender keeps'],
    ['hero.blend32', 'a backup that Blender keeps'],
    ['hero.blend@', 'a backup that Blender keeps'],
    ['.hero.blend.x8Ff2', 'hidden'],
    ['.git/config', 'hidden'],
    ['Thumbs.db', 'left by the operating system'],
    ['__MACOSX/hero.blend', 'left by the operating system'],
  ])('%s', (file, reason) => {
    expect(parseInboxKey(`film/sq01/sh010/${file}`)).toEqual({ role: 'ignored', reason });
  });
  test('also outside the layout', () => {
    expect(parseInboxKey('.DS_Store')).toEqual({ role: 'ignored', reason: 'hidden' });
  });
});

describe('parseInboxKey: refused', () => {
  test.each([
    ['hero.blend', '0 folders above'],
    ['film/hero.blend', '1 folder above'],
    ['film/sq01/hero.blend', '2 folders above'],
    ['film/sq01/sh010/../../../etc/passwd', 'leave the inbox'],
    ['../film/sq01/sh010/hero.blend', 'leave the inbox'],
    ['film/./sh010/hero.blend', 'leave the inbox'],
    ['/film/sq01/sh010/hero.blend', 'absolute'],
    ['C:/film/sq01/sh010/hero.blend', 'absolute'],
    ['film//sh010/hero.blend', 'empty'],
    ['film/sq01/sh010/', 'empty'],
    ['', 'empty'],
    ['film\\sq01\\sh010\\hero.blend', 'backslash'],
    ['film/sq01/sh010/he\0ro.blend', 'control'],
    ['film/sq01/sh010/he\nro.blend', 'control'],
    ['film/sq01/sh010/he\u0085ro.blend', 'control'],
    ['film/sq01/sh010/he\ud800ro.blend', 'unicode'],
    [`film/sq01/sh010/${'x'.repeat(250)}.blend`, '255 bytes'],
    [`film/sq01/sh010/${'ü'.repeat(126)}.blend`, '255 bytes'],
    [`film/sq01/sh010/${`${'x'.repeat(200)}/`.repeat(6)}a.png`, '1024 bytes'],
    [`film/sq01/sh010/${'a/'.repeat(40)}a.png`, 'folders deep'],
  ])('%j', (key, why) => {
    const fault = faultOf(() => parseInboxKey(key));
    expect(fault.code).toBe('INVALID_INPUT');
    expect(fault.message).toContain(why);
    expect(fault.message).toContain('inbox/<project>/<sequence>/<shot>/<name>_v###.blend');
  });

  test('the longest name that file systems take is taken', () => {
    expect(parseInboxKey(`film/sq01/sh010/${'x'.repeat(249)}.blend`).role).toBe('scene');
  });

  test('a hostile name cannot disturb a terminal, nor fill a log', () => {
    const { message } = faultOf(() => parseInboxKey(`\u001b[2J${'/'.repeat(1_000_000)}`));
    expect(message).not.toContain('\u001b');
    expect(message.length).toBeLessThan(600);
  });

  test('any text is an item or a Fault, and no item leaves its shot', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.constantFrom('..', '.', '', 'a', '\\')),
        (text, parts) => {
          for (const key of [text, [...parts, text].join('/'), `p/s/h/${text}`]) {
            try {
              const item = parseInboxKey(key);
              if ('file' in item) {
                expect(item.file.split('/')).not.toContain('..');
                expect(`${item.shotId}/${item.file}`).toBe(key.normalize('NFC'));
              }
            } catch (error) {
              expect(error).toBeInstanceOf(Fault);
            }
          }
        },
      ),
    );
  });
});

describe('parseShotId', () => {
  test('a shot as people type it', () => expect(parseShotId('film/sq 01/sh#10')).toBe('film/sq 01/sh#10'));
  test.each(['film', 'film/sq', 'a/b/c/d', '.film/sq/sh', 'film/../sh', ''])('%j is refused', (text) => {
    expect(faultOf(() => parseShotId(text)).code).toBe('INVALID_INPUT');
  });
});

describe('names that one file system keeps apart and another does not', () => {
  test('foldName', () => expect(foldName('U\u0308.PNG')).toBe('\u00fc.png'));
  test('collisions are grouped; equal names are no collision', () => {
    expect(nameCollisions(['a.png', 'A.png', 'b.png', 'b.png'])).toEqual([['a.png', 'A.png']]);
  });
});
