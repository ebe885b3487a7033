import { useId } from "react";
import { chooseTheme, useThemeChoice, type ThemeChoice } from "@/lib/theme";
import { Icon } from "@/ui/icon";

const CHOICES: readonly ThemeChoice[] = ["light", "dark", "system"];
const ICONS = { light: "sun", dark: "moon", system: "system" } as const;

export function ThemeSwitch() {
  const chosen = useThemeChoice();
  const name = useId(); // it is on the page twice, once for each width
  return (
    <fieldset className="flex rounded-md border border-line p-0.5">
      <legend className="sr-only">Theme</legend>
      {CHOICES.map((choice) => (
        <label
          key={choice}
          title={`Theme: ${choice}`}
          className="grid h-6 w-7 cursor-pointer place-items-center rounded text-ink-3 hover:text-ink has-checked:bg-line has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-signal"
        >
          <input
            type="radio"
            name={name}
            className="sr-only"
            checked={chosen === choice}
            onChange={() => chooseTheme(choice)}
          />
          <Icon name={ICONS[choice]} className="size-3.5" />
          <span className="sr-only">{choice}</span>
        </label>
      ))}
    </fieldset>
  );
}
