import { number, pointer, type Row, type Rows, text } from './rows.ts';

/** A group of ID properties: add-ons such as Cycles keep their settings there, only those ever changed. */
export interface PropertyGroup {
  /** A whole number or a yes/no; `undefined` when never changed. */
  number(name: string): number | undefined;
  group(name: string): PropertyGroup;
}

const INT = 1;
const BOOLEAN = 10;
const GROUP = 6;

/** The group at `address` among what a data-block owns. Follows each link at most once, so cycles end. */
export const propertyGroup = (rows: Rows, owner: number, address: bigint): PropertyGroup => {
  const root = rows.within(owner, 'IDProperty', address);
  const members = new Map<string, Row>();
  let next = root ? pointer(root, 'data.group.first') : 0n;
  for (const seen = new Set<bigint>(); next !== 0n && !seen.has(next); ) {
    seen.add(next);
    const member = rows.within(owner, 'IDProperty', next);
    if (!member) break;
    members.set(text(member, 'name') ?? '', member);
    next = pointer(member, 'next');
  }
  return {
    number(name) {
      const member = members.get(name);
      const type = member && number(member, 'type');
      return type === INT || type === BOOLEAN ? number(member!, 'data.val') : undefined;
    },
    group(name) {
      const member = members.get(name);
      const isGroup = member && number(member, 'type') === GROUP;
      return propertyGroup(rows, owner, isGroup ? member.address : 0n);
    },
  };
};
