import { hasBit, number, pointer, type Rows, text } from './rows.ts';
import { isSimpleExpression } from './simple-expression.ts';

/** `Text.flags`: run when the scene is opened, where that is allowed. */
const REGISTERED = 0x10;
/** `FreestyleConfig.mode`. */
const SCRIPT_MODE = 1;
/** `ChannelDriver.type`. */
const SCRIPTED = 1;

/** Python in the scene that a render would want to run; drivers that Blender can compute without Python are left out. */
export const scripts = (rows: Rows): string[] => [
  ...new Set([
    ...freestyleModules(rows),
    ...rows
      .of('Text')
      .filter((row) => hasBit(row, 'flags', REGISTERED))
      .map((row) => `registered text ${rows.nameOf(row)}`),
    ...drivers(rows),
  ]),
];

/** Style modules run even where auto-execution is off. */
const freestyleModules = (rows: Rows): string[] => {
  const modes = [
    ...rows.of('ViewLayer').map((layer) => [layer.owner, number(layer, 'freestyle_config.mode')]),
    ...rows.of('SceneRenderLayer').map((layer) => [layer.owner, number(layer, 'freestyleConfig.mode')]),
  ];
  const scripted = new Set(modes.filter(([, mode]) => mode === SCRIPT_MODE).map(([owner]) => owner));
  return rows
    .of('FreestyleModuleConfig')
    .filter((module) => scripted.has(module.owner))
    .flatMap((module) => {
      const script = rows.at(pointer(module, 'script'));
      return script ? [`Freestyle script ${rows.nameOf(script)}`] : [];
    });
};

const drivers = (rows: Rows): string[] => {
  const variables = new Map<number, Set<string>>();
  for (const row of rows.of('DriverVar')) {
    const names = variables.get(row.owner) ?? new Set();
    variables.set(row.owner, names.add(text(row, 'name') ?? ''));
  }
  return rows.of('ChannelDriver').flatMap((driver) => {
    const expression = text(driver, 'expression') ?? '';
    if (number(driver, 'type') !== SCRIPTED || expression === '') return [];
    if (isSimpleExpression(expression, variables.get(driver.owner) ?? new Set())) return [];
    return [`driver of ${rows.nameOf(driver)}: ${expression}`];
  });
};
