const TABLE_NAME = /\.(csv|tsv|tab)$/i;

/** Whether a file's name says that its text is a table. */
export function isTableName(path: string): boolean {
  return TABLE_NAME.test(path);
}
