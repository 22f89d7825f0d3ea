/** The user's environment variables, as they come in from the command line's process. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;
