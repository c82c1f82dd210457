/** Byte-level BPE writes bytes as visible characters; here are the bytes again, and how single tokens are shown. */

/** GPT-2's stand-ins: printable bytes are themselves, the others the code points from 256 on, in order. */
export const BYTE_OF_SYMBOL: ReadonlyMap<string, number> = (() => {
  let next = 256;
  return new Map(
    Array.from({ length: 256 }, (_, byte) => {
      const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
      return [String.fromCharCode(printable ? byte : next++), byte];
    }),
  );
})();

/** The bytes of a token as the vocabulary writes it; a character that stands for no byte counts as itself. */
export function bytesOfSymbols(symbols: string): Uint8Array {
  const utf8 = new TextEncoder();
  return Uint8Array.from(
    [...symbols].flatMap((symbol) => BYTE_OF_SYMBOL.get(symbol) ?? [...utf8.encode(symbol)]),
  );
}

/** How many bytes a UTF-8 character takes that starts with `lead`; 1 where no character starts so. */
function characterLength(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** Bytes as text for people: whole characters as they are, every other byte as `<0xE2>`. Nothing is lost or trimmed. */
export function showBytes(bytes: Uint8Array): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let shown = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] as number;
    const character = bytes.subarray(at, at + characterLength(lead));
    try {
      shown += strict.decode(character);
      at += character.length;
    } catch {
      shown += `<0x${lead.toString(16).toUpperCase().padStart(2, '0')}>`;
      at += 1;
    }
  }
  return shown;
}
