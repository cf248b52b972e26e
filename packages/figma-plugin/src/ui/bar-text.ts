/** What the bar over the panel says. */
export interface BarText {
  readonly label: string;
  readonly again: string;
  readonly againHint: string;
  readonly former: (count: number) => string;
  readonly formerHint: string;
  readonly restore: (count: number) => string;
  readonly skeleton: string;
  readonly skeletonHint: string;
  readonly people: string;
  readonly peopleHint: string;
  readonly cancel: string;
  readonly close: string;
  readonly looking: string;
  readonly making: (percent: number) => string;
  readonly made: string;
  readonly found: (count: number) => string;
  readonly nobody: string;
  readonly restored: (count: number) => string;
  readonly brought: string;
  readonly cancelled: string;
}

const english: BarText = {
  label: 'What is selected in the file',
  again: 'Make again',
  againHint: 'The same request and seed with the people as they stand now, into the same rectangle',
  former: (count) => `Earlier picture (${count})`,
  formerHint: 'Shows the picture before this one; going on comes back to this one',
  restore: (count) => (count === 1 ? 'Restore the skeleton' : `Restore ${count} skeletons`),
  skeleton: 'Bring back the skeleton',
  skeletonHint: 'Draws the people that this picture was made from',
  people: 'Find people',
  peopleHint: 'Draws a skeleton over everyone in the picture',
  cancel: 'Cancel',
  close: 'Close',
  looking: 'Looking for people …',
  making: (percent) => `Making the picture again, ${percent} %`,
  made: 'The picture was made again. The one before lies hidden below it.',
  found: (count) => (count === 1 ? 'One person found.' : `${count} people found.`),
  nobody: 'Nobody was found. Draw a skeleton by hand, or take a picture where people are larger.',
  restored: (count) => (count === 1 ? 'The skeleton was restored.' : `${count} skeletons were restored.`),
  brought: 'The skeleton is back.',
  cancelled: 'Cancelled. Nothing was changed.',
};

const german: BarText = {
  label: 'Was in der Datei ausgewählt ist',
  again: 'Noch einmal',
  againHint:
    'Dieselbe Anfrage mit demselben Startwert, mit den Personen, wie sie jetzt stehen, in dasselbe Rechteck',
  former: (count) => `Voriges Bild (${count})`,
  formerHint: 'Zeigt das Bild vor diesem; wer weitergeht, kommt zu diesem zurück',
  restore: (count) => (count === 1 ? 'Skelett wiederherstellen' : `${count} Skelette wiederherstellen`),
  skeleton: 'Skelett zurückholen',
  skeletonHint: 'Zeichnet die Personen, nach denen dieses Bild entstand',
  people: 'Personen finden',
  peopleHint: 'Zeichnet ein Skelett über jede Person im Bild',
  cancel: 'Abbrechen',
  close: 'Schließen',
  looking: 'Personen werden gesucht …',
  making: (percent) => `Das Bild entsteht neu, ${percent} %`,
  made: 'Das Bild ist neu. Das vorige liegt verborgen darunter.',
  found: (count) => (count === 1 ? 'Eine Person gefunden.' : `${count} Personen gefunden.`),
  nobody:
    'Niemand gefunden. Zeichnen Sie ein Skelett von Hand, oder nehmen Sie ein Bild, auf dem Personen größer sind.',
  restored: (count) =>
    count === 1 ? 'Das Skelett ist wiederhergestellt.' : `${count} Skelette sind wiederhergestellt.`,
  brought: 'Das Skelett ist wieder da.',
  cancelled: 'Abgebrochen. Nichts wurde geändert.',
};

export function barText(language: string): BarText {
  return /^de\b/i.test(language) ? german : english;
}
