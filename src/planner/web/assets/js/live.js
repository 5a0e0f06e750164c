// The page's one stream: #live shows the state as it comes; parts fetch themselves anew when it says so.
//
// The server names the generation of everything derived ("plan") and of the job list ("jobs") when the stream
// opens and whenever one changes. A part carries the generation it was rendered from, so nothing is missed
// between rendering and connecting, nor while the stream was away.
import htmx from "htmx.org";

export function followLiveState() {
  for (const name of ["plan", "jobs", "operations"]) {
    document.addEventListener(name, (event) => refreshParts(name, event.detail?.data ?? ""));
  }
  document.addEventListener("htmx:after:swap", announce);
  document.addEventListener("htmx:after:swap", showProblems);
}

function refreshParts(name, generation) {
  for (const part of document.querySelectorAll(`[data-follows="${name}"]`)) {
    if (part.dataset.generation !== generation) htmx.trigger(part, "refresh");
  }
}

function announce(event) {
  const part = event.target.closest?.("[data-announce]") ?? event.detail?.ctx?.target?.closest?.("[data-announce]");
  const region = document.getElementById("announce");
  const words = part && document.getElementById(part.id)?.dataset.announce;
  if (region && words && region.textContent !== words) region.textContent = words;
}

// A form that comes back with problems starts with them: that is where reading goes on.
function showProblems() {
  const problems = document.querySelector("#problems:not([data-seen])");
  if (!problems) return;
  problems.dataset.seen = "yes";
  problems.focus();
}
