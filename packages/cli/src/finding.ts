/** What was found out about one thing, and what would make it better. */
export interface Finding {
  readonly state: 'good' | 'absent' | 'bad';
  readonly name: string;
  readonly words: string;
  readonly remedy?: string;
}
