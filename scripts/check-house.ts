/**
 * Prints the structure of the code, from its imports, and holds it: no circle, no import of a room above, few loose
 * files, short files.
 *
 *   npx tsx scripts/check-house.ts
 */
import { readHouse } from './house.ts';

const MAX_LOOSE = 8;
const MAX_MEDIAN = 80;

const house = readHouse('.');
for (const [floor, rooms] of [...house.floors.entries()].toReversed()) console.log(`${floor}  ${rooms.join('  ')}`);
console.log(
  `${house.rooms.length} rooms, ${house.floors.length} floors, ${house.arrows.size} arrows, ` +
    `${house.circles.length} circles, ${house.upward.length} upward, ${house.loose.length} loose files in server/, ` +
    `${house.medianLines} lines in the median file, ${house.tooLong.length} files over 250 lines without a reason`,
);
for (const circle of house.circles) console.log(`circle: ${circle.join(', ')}`);
for (const line of house.upward) console.log(`upward: ${line}`);
for (const file of house.tooLong) console.log(`long: ${file}`);
const isSound =
  house.circles.length === 0 &&
  house.upward.length === 0 &&
  house.tooLong.length === 0 &&
  house.loose.length <= MAX_LOOSE &&
  house.medianLines <= MAX_MEDIAN;
if (!isSound) process.exitCode = 1;
