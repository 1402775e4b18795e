/** The records of the marshalling rows: 20,000 objects of 4 fields, about 1.35 MB of JSON text. */
export function makeRecords(count = 20_000) {
  return Array.from({ length: count }, (_, i) => ({
    id: i,
    name: `record ${i}`,
    score: i * 1.25,
    active: i % 3 === 0,
  }));
}
