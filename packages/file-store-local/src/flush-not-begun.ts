/** A flush of a file system that was not begun: nothing has failed to reach the disk, and whoever needs it may ask again. */
export class FlushNotBegun extends Error {}
