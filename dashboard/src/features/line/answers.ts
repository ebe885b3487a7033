import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** What a person decides about a post that waits for them. */
export type PostAnswer =
  | { kind: "live"; link: string }
  | { kind: "not_live" }
  | { kind: "retry" }
  | { kind: "cancel" };

export function usePostAnswer(postId: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (answer: PostAnswer) => send(postId, answer),
    onSettled: () => queries.invalidateQueries(), // refused ones too: then somebody else, or TikTok, has settled it
  });
}

function send(postId: number, answer: PostAnswer) {
  const params = { path: { post_id: postId } };
  switch (answer.kind) {
    case "live":
      return unwrap(api.POST("/api/posts/{post_id}/answer", { params, body: { live: true, link: answer.link } }));
    case "not_live":
      return unwrap(api.POST("/api/posts/{post_id}/answer", { params, body: { live: false } }));
    case "retry":
      return unwrap(api.POST("/api/posts/{post_id}/retry", { params }));
    case "cancel":
      return unwrap(api.POST("/api/posts/{post_id}/cancel", { params }));
  }
}
