// The normalizer of SentencePiece models, by the model's own table. The library in its place has
// NFKC, which orders marks, composes letters and drops joiners where the table does not.
// Source: the crate spm_precompiled, which the tokenizer in Python runs; darts-clone (the trie).
const SHORT = 6; // bytes from which on a grapheme is looked up by character, as the crate does

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const encoder = new TextEncoder();
const decoder = new TextDecoder();

// What a table makes of a text. Its bytes: the size of the trie, the trie, and the replacements,
// each of which ends with a zero.
export function precompiled(base64) {
  const table = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(table.buffer);
  const size = view.getUint32(0, true);
  const trie = Uint32Array.from({ length: size / 4 }, (_, at) => view.getUint32(4 + 4 * at, true));
  const texts = table.subarray(4 + size);
  const offset = (unit) => (unit >>> 10) << ((unit & 0x200) >>> 6);

  // The replacement of the shortest prefix that has one; it stands for the whole piece.
  function replacement(piece) {
    let at = offset(trie[0]);
    for (const byte of encoder.encode(piece)) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = trie[at];
      if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
      at ^= offset(unit);
      if (unit & 0x100) {
        const start = trie[at] & 0x7fffffff;
        return decoder.decode(texts.subarray(start, texts.indexOf(0, start)));
      }
    }
    return undefined;
  }

  function normalized(grapheme) {
    const whole = encoder.encode(grapheme).length < SHORT ? replacement(grapheme) : undefined;
    if (whole !== undefined) return whole;
    return [...grapheme].map((character) => replacement(character) ?? character).join("");
  }

  const known = new Map();
  return (text) =>
    Array.from(graphemes.segment(text), ({ segment }) => {
      if (!known.has(segment)) known.set(segment, normalized(segment));
      return known.get(segment);
    }).join("");
}
