using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.LocalCluster.Json;
using Microsoft.AspNetCore.Http;

namespace Fleet.LocalCluster.Api;

/// <summary>Where requests to resources meet the faults that a test has for them.</summary>
internal sealed class FaultGate(IFaultInjector faults)
{
    private static readonly object StaleItem = new();

    /// <summary>The past state a list is to be answered with; null: the present.</summary>
    public static long? StaleRevision(HttpContext http) => http.Items.TryGetValue(StaleItem, out object? revision) ? (long?)revision : null;

    /// <summary>Carries a request out, or does to it what the injector says.</summary>
    public async Task PassAsync(HttpContext http, RequestInfo info, ApiRequest request, Func<HttpContext, RequestInfo, ApiRequest, Task> carryOut)
    {
        if (request.IsWrite)
        {
            var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            body.Position = 0;
            http.Request.Body = body;
            request = request.Name.Length == 0 ? request with { Name = NameIn(body) } : request;
        }

        Fault fault = await faults.OnRequestAsync(request, http.RequestAborted);
        switch (fault.Kind)
        {
            case FaultKind.Refuse:
                throw Refusal(fault, info);
            case FaultKind.Drop:
                http.Abort();
                break;
            case FaultKind.LoseResponse:
                await UnheardAsync(http, ServeAsync);
                http.Abort();
                break;
            case FaultKind.Truncate:
                await TruncateAsync(http, ServeAsync);
                break;
            case FaultKind.Duplicate:
                await UnheardAsync(http, ServeAsync);
                http.Request.Body.Position = 0;
                http.Response.Headers.Clear();
                await ServeAsync();
                break;
            case FaultKind.Stale:
                http.Items[StaleItem] = fault.Revision;
                await ServeAsync();
                break;
            default:
                await ServeAsync();
                break;
        }

        async Task ServeAsync()
        {
            int status = 500;
            try
            {
                await carryOut(http, info, request);
                status = http.Response.StatusCode;
            }
            catch (ApiException refusal)
            {
                status = refusal.Code;
                throw;
            }
            finally
            {
                faults.OnCompleted(request, status);
            }
        }
    }

    /// <summary>The name in the body of a create; empty where there is none, or the body is no JSON.</summary>
    private static string NameIn(MemoryStream body)
    {
        try
        {
            JsonNode? value = JsonNode.Parse(body.ToArray());
            return value.Str("metadata", "name") ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
        finally
        {
            body.Position = 0;
        }
    }

    /// <summary>Serves a request whose answer, a refusal too, nobody hears.</summary>
    private static async Task UnheardAsync(HttpContext http, Func<Task> serve)
    {
        Stream body = http.Response.Body;
        http.Response.Body = Stream.Null;
        try
        {
            await serve();
        }
        catch (ApiException)
        {
            // Unheard as well.
        }

        http.Response.Body = body;
    }

    /// <summary>Sends the first half of an answer.</summary>
    private static async Task TruncateAsync(HttpContext http, Func<Task> serve)
    {
        Stream body = http.Response.Body;
        using var whole = new MemoryStream();
        http.Response.Body = whole;
        await serve();
        http.Response.Body = body;
        await body.WriteAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length / 2), http.RequestAborted);
        await body.FlushAsync(http.RequestAborted);
        http.Abort();
    }

    private static ApiException Refusal(Fault fault, RequestInfo info)
    {
        var resource = new Storage.GroupResource(info.Group, info.Plural);
        return fault.StatusCode switch
        {
            401 => ApiException.Unauthorized(),
            409 => ApiException.Modified(resource, info.Name),
            410 => ApiException.Expired("The provided resource version is too old"),
            429 => new ApiException(429, "TooManyRequests", "Too many requests, please try again later.") { RetryAfterSeconds = fault.RetryAfterSeconds },
            503 => new ApiException(503, "ServiceUnavailable", "the server is currently unable to handle the request") { RetryAfterSeconds = fault.RetryAfterSeconds },
            _ => new ApiException(fault.StatusCode, "InternalError", "Internal error occurred: injected fault"),
        };
    }
}
