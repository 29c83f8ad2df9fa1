// Requests to the server, and the line that says how they went.

const message = document.getElementById("message");

export function say(text, isError = false) {
  message.textContent = text;
  message.classList.toggle("error", isError);
}

/** The JSON of an answer; an error's own sentence becomes an Error. */
export async function fetchJson(url, options = {}) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached. Is it still running?");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error || `The server answered with ${response.status}.`);
  return body;
}

/** The outputs of a signature in the column format. */
export async function predict(model, signature, inputs, signal) {
  const url = `${model.path}:predict`;
  const body = JSON.stringify({ signature_name: signature, inputs });
  showCommand(new URL(url, location.href).href, body);
  const answer = await fetchJson(url, {
    method: "POST", body, signal, headers: { "Content-Type": "application/json" },
  });
  return answer.outputs;
}

function showCommand(url, body) {
  const shown = body.length > 1500 ? `${body.slice(0, 1500)}...` : body;
  document.getElementById("command").textContent = `curl -s ${url} -d '${shown}'`;
}

/** Makes a function of (signal) run alone: a new call ends the one before, and errors are shown. */
export function latest(work) {
  let controller = null;
  return async () => {
    controller?.abort();
    const own = new AbortController();
    controller = own;
    say("Working...");
    try {
      await work(own.signal);
      if (!own.signal.aborted) say("Done.");
    } catch (error) {
      if (error.name !== "AbortError" && !own.signal.aborted) say(error.message, true);
    }
  };
}
