using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace P2P.Dashboard.Security;

/// <summary>
/// What a request must be before anything is done for it. Written against a web page the user happens to visit: it can send requests here (DNS
/// rebinding, cross-site WebSockets, forms), but it can forge neither <c>Host</c> nor <c>Origin</c>, and it does not know the token.
/// </summary>
internal sealed class RequestGate(DashboardOptions options, SessionTable sessions)
{
    private static readonly string[] s_loopback = ["127.0.0.1", "localhost", "[::1]"];

    private readonly long[] _refusals = new long[(int)DashboardRefusal.Ambiguous + 1];

    public long CountOf(DashboardRefusal refusal) => Interlocked.Read(ref _refusals[(int)refusal]);

    public void Count(DashboardRefusal refusal) => Interlocked.Increment(ref _refusals[(int)refusal]);

    /// <summary>The answer says nothing about the page to other sites and lets the page load nothing from elsewhere.</summary>
    public static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    public bool IsHostAllowed(HostString host) =>
        s_loopback.Contains(host.Host, StringComparer.OrdinalIgnoreCase) || options.Hosts.Contains(host.Host, StringComparer.OrdinalIgnoreCase);

    /// <summary>Browsers send an Origin with every write and every WebSocket; without one there is no browser to protect, and no page of ours.</summary>
    public static bool IsOwnOrigin(HttpRequest request)
    {
        StringValues origin = request.Headers.Origin;
        return origin.Count == 1 && string.Equals(origin[0], $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What stands against a request that needs a session.</summary>
    /// <param name="context">The request.</param>
    /// <param name="writes">Whether it changes something.</param>
    public DashboardRefusal Check(HttpContext context, bool writes)
    {
        bool isPlainRead = HttpMethods.IsGet(context.Request.Method) && !context.WebSockets.IsWebSocketRequest;
        return !sessions.IsOpen(context.Request.Cookies[sessions.CookieName]) ? DashboardRefusal.Session
            : !isPlainRead && !IsOwnOrigin(context.Request) ? DashboardRefusal.Origin
            : writes && !options.AllowWrites ? DashboardRefusal.ReadOnly
            : DashboardRefusal.None;
    }

    public static int StatusOf(DashboardRefusal refusal) => refusal switch
    {
        DashboardRefusal.Host => StatusCodes.Status421MisdirectedRequest,
        DashboardRefusal.Token or DashboardRefusal.Session => StatusCodes.Status401Unauthorized,
        DashboardRefusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
        DashboardRefusal.Malformed => StatusCodes.Status400BadRequest,
        DashboardRefusal.Sockets => StatusCodes.Status503ServiceUnavailable,
        DashboardRefusal.Unknown => StatusCodes.Status404NotFound,
        DashboardRefusal.Ambiguous => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status403Forbidden,
    };
}
