/** Sentences of our engines, and how they go in German. What stands in brackets is carried over. */
const known: readonly (readonly [english: RegExp, german: string])[] = [
  [/^(.+), in a worker$/, '$1, neben der Seite'],
  [/^(.+), in the page itself$/, '$1, in der Seite selbst'],
  [
    /^This page may keep nothing: models are gone with it\.$/,
    'Diese Seite darf nichts behalten: Modelle sind mit ihr fort.',
  ],
  [
    /^The page may stutter while a picture is made: its frame has no worker\.$/,
    'Die Seite kann stocken, während ein Bild entsteht: ihr Rahmen darf nichts nebenher rechnen.',
  ],
  [
    /^Only a program that imitates a graphics card is there\.$/,
    'Es gibt nur ein Programm, das eine Grafikkarte nachahmt.',
  ],
  [
    /^WebKit has no graphics card for pictures: onnxruntime would fill the memory of the computer\.$/,
    'WebKit gibt Bildern keine Grafikkarte: onnxruntime würde den Speicher des Rechners füllen.',
  ],
  [/^(.+) was passed over: (.+)$/s, '$1 wurde übergangen: $2'],
  [/^The model (\S+) cannot be opened: (.+)$/s, 'Das Modell $1 lässt sich nicht öffnen: $2'],
  [/^Poses in pictures are found with (\S+): (.+)$/, 'Posen in Bildern findet $1: $2'],
];

/** A sentence of an engine in German; undefined when it is none that we know. */
export function germanEngineWords(english: string): string | undefined {
  const found = known.find(([pattern]) => pattern.test(english));
  return found && english.replace(found[0], found[1]);
}
