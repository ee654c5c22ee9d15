/** An event as an older version wrote it: JSON whose schema is that version's. */
export type OldEvent = Readonly<Record<string, unknown>>;

/** Makes an event of one version one of the next: pure, and true to what the older one said. */
export type UpcastStep = (event: OldEvent) => OldEvent;
