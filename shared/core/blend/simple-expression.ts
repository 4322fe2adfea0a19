/** What Blender computes itself, without Python. Source: Blender manual, Animation, Drivers, "Simple Expressions". */
const KNOWN = new Set(
  (
    'frame pi True False and or not if else ' +
    'min max radians degrees abs fabs floor ceil trunc round int sin cos tan asin acos atan atan2 ' +
    'exp log sqrt pow fmod lerp clamp smoothstep'
  ).split(' '),
);
const TOKEN = /\s+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|([A-Za-z_]\w*)|[=!<>]=|[-+*/()<>,]/y;

/** True when a driver's expression needs no Python, so that it works although scripts may not run. */
export const isSimpleExpression = (expression: string, variables: ReadonlySet<string>): boolean => {
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.length) {
    const token = TOKEN.exec(expression);
    if (!token) return false;
    const name = token[1];
    if (name !== undefined && !KNOWN.has(name) && !variables.has(name)) return false;
  }
  return !/\*\*|\/\//.test(expression);
};
