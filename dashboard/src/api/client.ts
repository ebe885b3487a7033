import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** A route's answer, by its address: the names of the server's components are its own affair. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

export const api = createClient<paths>({ baseUrl: "" });

/** What the server said went wrong, in its own words (problem+json). */
export class ApiProblem extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly hint: string | null,
  ) {
    super(message);
    this.name = "ApiProblem";
  }
}

/** openapi-fetch returns data or error; a query wants a value or a throw. */
export async function unwrap<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (data !== undefined) return data;
  const problem = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  const said = problem.detail ?? problem.message ?? problem.title;
  const message = typeof said === "string" ? said : `Reposter answered ${response.status}.`;
  throw new ApiProblem(message, response.status, typeof problem.hint === "string" ? problem.hint : null);
}
