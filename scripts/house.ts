import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { FLOORS, LONG_FILES } from './floors.mjs';

/** The structure of `server/`, `client/` and `shared/`, read from their imports, types included. */
export interface House {
  rooms: string[];
  /** Rooms by floor: each uses rooms of lower floors alone, unless there are circles. */
  floors: string[][];
  /** `from -> to`, with the imports that make it. */
  arrows: Map<string, string[]>;
  /** Rooms that reach each other. */
  circles: string[][];
  /** Imports of a room above, by the list of floors. */
  upward: string[];
  /** Files of `server/` in no folder. */
  loose: string[];
  /** Lines of the median file. */
  medianLines: number;
  /** Files over 250 lines without a reason in floors.mjs. */
  tooLong: string[];
}

const FOLDERS = ['shared', 'client', 'server'];
const MAX_LINES = 250;
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\bnew URL\(\s*)'(\.{1,2}\/[^']*)'/g;

/** Reads the house below `root`. Throws for a file that stands in no room of the list. */
export function readHouse(root: string): House {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(posix.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => posix.join(folder, name)),
  ).sort();
  const texts = new Map(files.map((file) => [file, readFileSync(posix.join(root, file), 'utf8')]));
  const arrows = new Map<string, string[]>();
  for (const [file, text] of texts) {
    for (const [, specifier] of text.matchAll(IMPORT)) {
      const target = posix.join(posix.dirname(file), specifier!).replace(/\.js$/, '.ts');
      const [from, to] = [roomOf(file), texts.has(target) ? roomOf(target) : undefined];
      if (to === undefined || from === to) continue;
      const arrow = `${from} -> ${to}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), `${file} -> ${target}`]);
    }
  }
  const lines = new Map([...texts].map(([file, text]) => [file, text.split('\n').length - 1]));
  const ascending = [...lines.values()].sort((one, other) => one - other);
  const rooms = [...new Set(files.map(roomOf))];
  const circles = circlesIn(rooms, [...arrows.keys()].map(endsOf));
  return {
    rooms,
    floors: circles.length > 0 ? [] : floorsOf(rooms, [...arrows.keys()].map(endsOf)),
    arrows,
    circles,
    upward: [...arrows].filter(([arrow]) => isUpward(endsOf(arrow))).flatMap(([, imports]) => imports),
    loose: files.filter((file) => /^server\/[^/]+$/.test(file)),
    medianLines: ascending[Math.floor(ascending.length / 2)]!,
    tooLong: [...lines].flatMap(([file, count]) => (count > MAX_LINES && !(file in LONG_FILES) ? [file] : [])),
  };
}

type Ends = readonly [from: string, to: string];

function endsOf(arrow: string): Ends {
  const [from, to] = arrow.split(' -> ');
  return [from!, to!];
}

function roomOf(file: string): string {
  if (FLOORS.includes(file)) return file;
  const folder = posix.dirname(file);
  if (FLOORS.includes(folder)) return folder;
  throw new Error(`${file} stands in no room of scripts/floors.mjs`);
}

function isUpward([from, to]: Ends): boolean {
  return FLOORS.indexOf(to) > FLOORS.indexOf(from);
}

/** Rooms that reach each other go round. */
function circlesIn(rooms: readonly string[], arrows: readonly Ends[]): string[][] {
  const reached = new Map(rooms.map((room) => [room, reachedFrom(room, arrows)]));
  const circles = new Map<string, string[]>();
  for (const room of rooms) {
    const circle = rooms.filter((other) => reached.get(room)!.has(other) && reached.get(other)!.has(room));
    if (circle.length > 0) circles.set(circle[0]!, circle);
  }
  return [...circles.values()];
}

/** What a room uses, and what that uses in turn. */
function reachedFrom(room: string, arrows: readonly Ends[]): Set<string> {
  const reached = new Set<string>();
  const left = [room];
  for (let from = left.pop(); from !== undefined; from = left.pop()) {
    for (const [user, used] of arrows) {
      if (user !== from || reached.has(used)) continue;
      reached.add(used);
      left.push(used);
    }
  }
  return reached;
}

function floorsOf(rooms: readonly string[], arrows: readonly Ends[]): string[][] {
  const heights = new Map<string, number>();
  const heightOf = (room: string): number => {
    const known = heights.get(room);
    if (known !== undefined) return known;
    const height = Math.max(-1, ...arrows.filter(([from]) => from === room).map(([, to]) => heightOf(to))) + 1;
    heights.set(room, height);
    return height;
  };
  const floors: string[][] = [];
  for (const room of rooms) (floors[heightOf(room)] ??= []).push(room);
  return floors;
}
