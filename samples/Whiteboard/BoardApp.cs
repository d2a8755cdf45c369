using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using P2P.Node;
using P2P.Node.Logs;

namespace P2P.Samples.Whiteboard;

/// <summary>A web application with a node, a log of strokes and a page to draw on.</summary>
internal static class BoardApp
{
    private const string Log = "whiteboard";

    private const int PointsMax = 2_000;

    public static WebApplication Create(string port, string[] peers)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a start that fails is told by Program.cs, in one line
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Configuration["AllowedHosts"] = "127.0.0.1;localhost"; // other names are a web page elsewhere that wants in (DNS rebinding)
        builder.Services.ConfigureHttpJsonOptions(static o =>
        {
            o.SerializerOptions.TypeInfoResolverChain.Insert(0, BoardJson.Default);
            o.SerializerOptions.RespectNullableAnnotations = true;
        });
        builder.Services.AddP2P(o =>
        {
            o.Network = "whiteboard";
            o.Mdns = false; // with mDNS they find each other, on one machine or on two; here they are told
            o.Listen.Add("/ip4/127.0.0.1/tcp/0");
            Array.ForEach(peers, o.Peers.Add);
        }).AddLog(Log, new JsonLogFormat<Stroke>(BoardJson.Default.Stroke));

        WebApplication app = builder.Build();
        app.MapGet("/", static () => Page("page.html", "text/html"));
        app.MapGet("/board.js", static () => Page("board.js", "text/javascript"));
        app.MapGet("/strokes", ListAsync);
        app.MapPost("/strokes", DrawAsync); // takes JSON only, which no page of another origin can send
        app.MapGet("/live", Live);
        return app;
    }

    private static IResult Page(string name, string type) => Results.Stream(typeof(BoardApp).Assembly.GetManifestResourceStream(name)!, $"{type}; charset=utf-8");

    private static async Task<IEnumerable<Stroke>> ListAsync([FromKeyedServices(Log)] IReplicatedLog<Stroke> log, CancellationToken gone) =>
        (await log.ReadAsync(gone)).Where(static e => e.IsReadable).Select(static e => e.Item!);

    private static async Task<IResult> DrawAsync(Stroke stroke, [FromKeyedServices(Log)] IReplicatedLog<Stroke> log, CancellationToken gone)
    {
        if (stroke.Points.Count is 0 or > PointsMax || stroke.Colour.Length > 32)
        {
            return Results.BadRequest();
        }

        await log.AppendAsync(stroke, gone);
        return Results.NoContent();
    }

    private static IResult Live(HttpContext context, [FromKeyedServices(Log)] IReplicatedLog<Stroke> log, IHostApplicationLifetime application)
    {
        // This request has no end of its own, and an application that stops waits for its requests.
        context.Response.RegisterForDispose(application.ApplicationStopping.Register(context.Abort));
        return TypedResults.ServerSentEvents(LiveAsync(log, context.RequestAborted));
    }

    // As they arrive, which is not the order in which they are painted: two who draw at the same time hear of each other late.
    private static async IAsyncEnumerable<string> LiveAsync(IReplicatedLog<Stroke> log, [EnumeratorCancellation] CancellationToken gone)
    {
        await foreach (LogChange<Stroke> change in log.Changes(cancellationToken: gone))
        {
            LogEntry<Stroke> entry = change.Entry;
            if (entry.IsReadable)
            {
                string place = $"{entry.Height:D20}{Convert.ToHexString(entry.Event.Bytes)}";
                yield return JsonSerializer.Serialize(new Placed(place, change.IsRetraction, entry.Item!), BoardJson.Default.Placed);
            }
        }
    }
}
