// What the queries need of a database: the same of an embedded one and of a server.

export type Param = string | number | boolean | null | readonly string[];

export interface Sql {
  /** One statement with `$1` places. Whole numbers come back as numbers, JSON as values. */
  query<Row>(text: string, params?: readonly Param[]): Promise<readonly Row[]>;
  /** Several statements without places. */
  script(text: string): Promise<void>;
}

export interface Database extends Sql {
  /** Committed when `run` resolves, rolled back when it rejects. One at a time where the database has one connection. */
  transaction<T>(run: (sql: Sql) => Promise<T>): Promise<T>;
  /** Waits for what is in progress. */
  close(): Promise<void>;
}
