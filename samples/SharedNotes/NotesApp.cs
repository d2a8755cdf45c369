using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using P2P.Dashboard;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Samples.SharedNotes;

/// <summary>A web application with a node, a shared text and a page to write it in.</summary>
internal static class NotesApp
{
    public static WebApplication Create(string port, string[] peers)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // a start that fails is told by Program.cs, in one line
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Configuration["AllowedHosts"] = "127.0.0.1;localhost"; // other names are a web page elsewhere that wants in (DNS rebinding)
        builder.Services.AddP2P(o =>
        {
            o.Network = "shared-notes";
            o.Mdns = false; // with mDNS they find each other, on one machine or on two; here they are told
            o.Listen.Add("/ip4/127.0.0.1/tcp/0");
            Array.ForEach(peers, o.Peers.Add);
        }).AddDocument("notes").AddDashboard();

        WebApplication app = builder.Build();
        app.UseWebSockets();
        app.MapP2PDashboard(); // read-only, at /p2p/; its token is in the log at level Information
        app.MapGet("/", () => Page("page.html", "text/html"));
        app.MapGet("/notes.js", () => Page("notes.js", "text/javascript"));
        app.MapGet("/text", ([FromKeyedServices("notes")] TextDocument notes) => notes.Text);
        app.Map("/write", WriteAsync);
        return app;
    }

    private static IResult Page(string name, string type) => Results.Stream(typeof(NotesApp).Assembly.GetManifestResourceStream(name)!, $"{type}; charset=utf-8");

    private static async Task WriteAsync(HttpContext context, P2PNode node, [FromKeyedServices("notes")] TextDocument notes, IHostApplicationLifetime application)
    {
        // A WebSocket is not bound by the same-origin rule: any page could open one to here.
        if (!context.WebSockets.IsWebSocketRequest || context.Request.Headers.Origin != $"{context.Request.Scheme}://{context.Request.Host}")
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, application.ApplicationStopping); // or an open page would hold the application up
        await new NotesSocket(socket, node, notes).RunAsync(ended.Token);
    }
}
