import { createStore } from "@/lib/store";

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "theme"; // public/theme.js reads it before first paint
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const choice = createStore<ThemeChoice>(readChoice());

export const useThemeChoice = choice.use;

export function chooseTheme(next: ThemeChoice): void {
  choice.set(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
  applyTheme();
}

/** Follow the system while that is the choice. */
export function watchSystemTheme(): void {
  systemIsDark.addEventListener("change", applyTheme);
}

function applyTheme(): void {
  const isDark = choice.get() === "dark" || (choice.get() === "system" && systemIsDark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

function readChoice(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    return "system";
  }
}
