using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using P2P.Dashboard.Api;
using P2P.Dashboard.Editing;
using P2P.Dashboard.Feed;
using P2P.Dashboard.Security;
using P2P.Node;

namespace P2P.Dashboard;

/// <summary>
/// The dashboard of one node: answers every request below its path. Thread-safe. Put into an application by
/// <see cref="DashboardEndpoints.MapP2PDashboard(Microsoft.AspNetCore.Routing.IEndpointRouteBuilder, DashboardServer, string)"/>, or run alone by <see cref="DashboardHost"/>.
/// </summary>
public sealed class DashboardServer : IAsyncDisposable
{
    private const int SessionBodyMax = 256;

    private readonly SessionTable _sessions;
    private readonly RequestGate _gate;
    private readonly EventFeed _feed;
    private readonly EditSockets _sockets;
    private readonly MetricsApi _metrics;
    private readonly Dictionary<string, ApiRoute> _routes;

    /// <summary>Creates it and begins to note events.</summary>
    /// <param name="node">Whose dashboard; not disposed here.</param>
    /// <param name="options">What it may do.</param>
    /// <exception cref="P2PException">An option is out of range or a token too short (<see cref="NodeError.InvalidOption"/>); the message begins with its name.</exception>
    public DashboardServer(P2PNode node, DashboardOptions options)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(options);
        DashboardOptionsCheck.Check(options);
        Node = node;
        Options = options;
        _sessions = new SessionTable(options, node.Options.Time, node.Options.Chance);
        _gate = new RequestGate(options, _sessions);
        _feed = new EventFeed(node, options);
        DocumentKinds kinds = new();
        _sockets = new EditSockets(node, options, _gate, kinds);
        _metrics = new MetricsApi(node);
        _routes = ApiRoutes.Create(node, options, (_feed, _sockets, _metrics, kinds));
    }

    /// <summary>Whose dashboard it is.</summary>
    public P2PNode Node { get; }

    /// <summary>What it was made with.</summary>
    public DashboardOptions Options { get; }

    /// <summary>The secret of its link: <c>…/#t=TOKEN</c>. A fragment is never sent to a server and stands in no log of one.</summary>
    public string Token => _sessions.Token;

    /// <summary>How often requests were refused for a reason.</summary>
    /// <param name="refusal">Which.</param>
    public long Refused(DashboardRefusal refusal) => _gate.CountOf(refusal);

    /// <summary>Closes every socket and stops noting events.</summary>
    public ValueTask DisposeAsync() => new(Node.Options.Spawner.StartAsync(StopAsync)); // no caller's context is captured

    private async Task StopAsync()
    {
        await _sockets.DisposeAsync();
        await _feed.DisposeAsync();
        _metrics.Dispose();
    }

    /// <summary>Answers one request.</summary>
    internal async Task HandleAsync(HttpContext context)
    {
        RequestGate.Protect(context.Response.Headers);
        try
        {
            await HandleCoreAsync(context);
        }
        catch (OperationCanceledException)
        {
            context.Abort(); // the browser went or the application stops: nobody waits for the answer
        }
    }

    private async Task HandleCoreAsync(HttpContext context)
    {
        string path = (context.Request.RouteValues["path"] as string ?? string.Empty).Trim('/');
        DashboardRefusal refusal = _gate.IsHostAllowed(context.Request.Host) ? await AnswerAsync(context, path) : DashboardRefusal.Host;
        if (refusal != DashboardRefusal.None)
        {
            _gate.Count(refusal);
            context.Response.StatusCode = RequestGate.StatusOf(refusal);
            await JsonAnswer.WriteAsync(context, new JsonObject { ["error"] = refusal.ToString() });
        }
    }

    private async Task<DashboardRefusal> AnswerAsync(HttpContext context, string path)
    {
        if (path == "session")
        {
            return await ChangeSessionAsync(context);
        }

        if (_routes.TryGetValue(path, out ApiRoute? route))
        {
            if (route.Method != context.Request.Method)
            {
                return DashboardRefusal.Unknown;
            }

            DashboardRefusal refusal = route.Open ? DashboardRefusal.None : _gate.Check(context, route.Writes);
            return refusal == DashboardRefusal.None ? await route.Handler(context) : refusal;
        }

        return HttpMethods.IsGet(context.Request.Method) && PageFiles.Find(path) is PageFile file ? await SendAsync(context, file) : DashboardRefusal.Unknown;
    }

    private static async Task<DashboardRefusal> SendAsync(HttpContext context, PageFile file)
    {
        // Revalidated each time: after an update of the program the old page must not talk to the new server.
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return DashboardRefusal.None;
        }

        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Content.Length;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
        return DashboardRefusal.None;
    }

    private async Task<DashboardRefusal> ChangeSessionAsync(HttpContext context)
    {
        if (!RequestGate.IsOwnOrigin(context.Request))
        {
            return DashboardRefusal.Origin;
        }

        CookieOptions cookie = new()
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = (context.Request.PathBase + context.Request.Path).ToUriComponent()[..^"session".Length], // as the browser writes it
            IsEssential = true,
        };
        if (HttpMethods.IsDelete(context.Request.Method))
        {
            _sessions.Close(context.Request.Cookies[_sessions.CookieName]);
            context.Response.Cookies.Delete(_sessions.CookieName, cookie);
        }
        else if (!HttpMethods.IsPost(context.Request.Method))
        {
            return DashboardRefusal.Unknown;
        }
        else if (await ReadTokenAsync(context) is not string token)
        {
            return DashboardRefusal.Malformed;
        }
        else if (_sessions.Open(token) is not string session)
        {
            return DashboardRefusal.Token;
        }
        else
        {
            context.Response.Cookies.Append(_sessions.CookieName, session, cookie);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return DashboardRefusal.None;
    }

    private static async Task<string?> ReadTokenAsync(HttpContext context)
    {
        byte[] body = new byte[SessionBodyMax + 1];
        int length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        return length <= SessionBodyMax ? JsonAnswer.TryReadString(body.AsMemory(0, length), "token") : null;
    }
}
