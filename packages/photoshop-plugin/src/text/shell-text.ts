import type { PanelCommand } from '../bridge/panel-commands.ts';

/** What the native half says: menu items and alerts. The panel itself speaks the studio's languages. */
export interface ShellText {
  readonly commands: Readonly<Record<PanelCommand, string>>;
  readonly smartObject: string;
  readonly groupVariants: string;
  readonly openPanel: string;
}

const english: ShellText = {
  commands: {
    generate: 'Generate with the last settings',
    repose: 'Repose the selected picture',
    poseFromLayer: 'Pose from the selected layer',
    refineSelection: 'Refine the selection to people',
    selfTest: 'Test Stable-Pose in this Photoshop',
  },
  smartObject: 'Place as smart object',
  groupVariants: 'Group variants',
  openPanel: 'Open the Stable-Pose panel (Plugins > Stable-Pose) and try again: pictures are made in it.',
};

const german: ShellText = {
  commands: {
    generate: 'Mit den letzten Einstellungen erzeugen',
    repose: 'Pose des gewählten Bilds ändern',
    poseFromLayer: 'Pose aus der gewählten Ebene',
    refineSelection: 'Auswahl auf Personen verfeinern',
    selfTest: 'Stable-Pose in diesem Photoshop testen',
  },
  smartObject: 'Als Smartobjekt platzieren',
  groupVariants: 'Varianten gruppieren',
  openPanel:
    'Öffnen Sie das Stable-Pose-Bedienfeld (Plug-ins > Stable-Pose) und versuchen Sie es noch einmal: darin entstehen die Bilder.',
};

/** @param locale such as `de_DE` */
export function shellText(locale: string | undefined): ShellText {
  return locale?.toLowerCase().startsWith('de') ? german : english;
}
