using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>What a user asks about themselves: who am I, what may I do (<c>kubectl auth whoami | can-i</c>). Every authenticated user may do everything.</summary>
internal static class Reviews
{
    public const string Authorization = "authorization.k8s.io";
    public const string Authentication = "authentication.k8s.io";

    /// <summary>The kinds served: group, plural and kind.</summary>
    public static IReadOnlyList<(string Group, string Plural, string Kind)> All { get; } =
    [
        (Authentication, "selfsubjectreviews", "SelfSubjectReview"),
        (Authorization, "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        (Authorization, "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ];

    /// <summary>Answers a review.</summary>
    /// <exception cref="ApiException">404: no such review; 405: it is not created.</exception>
    public static async Task AnswerAsync(HttpContext http, RequestInfo info, string user)
    {
        string kind = All.FirstOrDefault(r => info.Version == "v1" && r.Group == info.Group && r.Plural == info.Plural).Kind ?? throw ApiException.NoRoute();
        if (http.Request.Method != "POST")
        {
            throw ApiException.MethodNotAllowed();
        }

        // What is asked doesn't matter to the answer, so a protobuf body (newer kubectl) needn't be read.
        JsonObject review = ProtobufBody.Is(http) ? [] : ResourceHandler.Parse(await ResourceHandler.ReadBodyAsync(http), []) as JsonObject ?? [];
        review["kind"] = kind;
        review["apiVersion"] = $"{info.Group}/v1";
        review.Need("metadata").Default("creationTimestamp", null);
        if (kind != "SelfSubjectReview")
        {
            review.Need("spec");
        }

        review["status"] = kind switch
        {
            "SelfSubjectReview" => new JsonObject { ["userInfo"] = new JsonObject { ["username"] = user, ["groups"] = new JsonArray("system:masters", "system:authenticated") } },
            "SelfSubjectRulesReview" => Rules(),
            _ => new JsonObject { ["allowed"] = true },
        };
        await http.WriteJsonAsync(review, 201);
    }

    private static JsonObject Rules() => new()
    {
        ["resourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["apiGroups"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }),
        ["nonResourceRules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray("*"), ["nonResourceURLs"] = new JsonArray("*") }),
        ["incomplete"] = false,
    };
}
