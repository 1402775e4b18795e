// An error with everything that is known about it.

import type { CallFailure } from "../wire.js";

export function FailureBox({ failure: { code, message, problems, traceback } }: { failure: CallFailure }) {
  return (
    <div class="failure">
      <p>
        <span class="badge bad">{code}</span>
      </p>
      {problems === undefined ? (
        <pre class="wrap">{message}</pre>
      ) : (
        <ul>
          {problems.map(({ pointer, message }) => (
            <li key={`${pointer} ${message}`}>
              <code>{pointer === "" ? "arguments" : pointer.slice(1).replaceAll("/", " › ")}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {traceback !== undefined && (
        <details open>
          <summary>Lua traceback</summary>
          <pre>{traceback}</pre>
        </details>
      )}
    </div>
  );
}
