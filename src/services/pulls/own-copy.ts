/**
 * The same text in memory of its own. A part of a longer text, such as a tag out of a URL, keeps all
 * of that in memory for as long as it is kept itself.
 * @param text in Latin-1, as names, tags, digests and header fields are.
 */
export function ownCopy<Text extends string>(text: Text): Text {
  return Buffer.from(text, 'latin1').toString('latin1') as Text
}
