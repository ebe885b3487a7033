import { Prose } from "@/ui/prose";

const STEPS = [
  ["Name a source that is yours, or that you may use", "`reposter source add @name --rights own`"],
  ["Connect the account that posts", "`reposter account connect @name`"],
  ["Start the line", "`reposter up`"],
] as const;

/** What to do with an empty line. */
export function FirstSteps() {
  return (
    <section aria-labelledby="first-steps" className="card px-5 py-4">
      <h2 id="first-steps" className="text-base font-semibold tracking-tight">
        Three steps to a first post
      </h2>
      <ol className="mt-3 grid gap-4 md:grid-cols-3">
        {STEPS.map(([what, how], index) => (
          <li key={what} className="grid grid-cols-[1.5rem_1fr]">
            <span className="figure text-ink-3">{index + 1}</span>
            <div>
              <p>{what}</p>
              <p className="mt-1">
                <Prose text={how} />
              </p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
