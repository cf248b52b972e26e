/** The first port that the studio's page is served at; nobody else is known to use it. */
export const studioPort = 7867;

/** Of the studio's page there: a server of this machine lets it in by itself, with the token like everyone. */
export const studioOrigin = `http://localhost:${studioPort}`;
