// Says when a response has been read to its end, or will be read no further.

/** @param ended is called once */
export function onResponseEnd(response: Response, ended: () => void): Response {
  const { body, status, statusText, headers } = response;
  if (body === null || !headers.get("content-type")?.startsWith("text/event-stream")) {
    ended();
    return response;
  }
  let told = false;
  const tell = () => {
    if (!told) ended();
    told = true;
  };
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      tell();
    },
    cancel(reason) {
      tell();
      return reader.cancel(reason);
    },
  });
  return new Response(watched, { status, statusText, headers });
}
