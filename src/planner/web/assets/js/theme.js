// Runs before the page is painted: a theme the person chose beats the system's.
const KEY = "planner-theme";
const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off: the system's theme it is
  }
}

function remember(theme) {
  try {
    window.localStorage.setItem(KEY, theme);
  } catch {
    // it holds for this page then
  }
}

function shown() {
  return root.dataset.theme ?? (dark.matches ? "dark" : "light");
}

function label(button) {
  const isDark = shown() === "dark";
  button.setAttribute("aria-pressed", String(isDark));
  button.hidden = false;
}

const theme = chosen();
if (theme === "light" || theme === "dark") root.dataset.theme = theme;

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  if (!button) return;
  label(button);
  dark.addEventListener("change", () => label(button));
  button.addEventListener("click", () => {
    root.dataset.theme = shown() === "dark" ? "light" : "dark";
    remember(root.dataset.theme);
    label(button);
  });
});
