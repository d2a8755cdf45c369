using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using P2P.Node;

namespace P2P.Dashboard;

/// <summary>A dashboard with a web server of its own, on the loopback address only.</summary>
public sealed class DashboardHost : IAsyncDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;

    private DashboardHost(WebApplication application, DashboardServer server)
    {
        _application = application;
        Server = server;
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    /// <summary>The dashboard.</summary>
    public DashboardServer Server { get; }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The link that signs a browser in.</summary>
    public Uri Link => new(Address, $"#t={Server.Token}");

    /// <summary>Starts it.</summary>
    /// <param name="node">Whose dashboard; not disposed here.</param>
    /// <param name="options">What it may do.</param>
    /// <param name="port">TCP port on 127.0.0.1; 0 picks a free one.</param>
    /// <param name="cancellationToken">Cancelling starts nothing.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="P2PException">An option is out of range (<see cref="NodeError.InvalidOption"/>).</exception>
    public static Task<DashboardHost> StartAsync(P2PNode node, DashboardOptions options, int port, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(options);
        return node.Options.Spawner.StartAsync(() => StartCoreAsync(node, options, port, cancellationToken)); // no caller's context is captured
    }

    private static async Task<DashboardHost> StartCoreAsync(P2PNode node, DashboardOptions options, int port, CancellationToken cancellationToken)
    {
        DashboardServer server = new(node, options);
        // Empty: no appsettings.json of the working folder and no variable may say where this listens.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Limit(kestrel, port));
        builder.Services.AddRoutingCore();
        WebApplication application = builder.Build();
        try
        {
            application.MapP2PDashboard(server, "/");
            await application.StartAsync(cancellationToken);
            return new DashboardHost(application, server);
        }
        catch
        {
            await application.DisposeAsync();
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Closes sockets, then stops listening.</summary>
    public ValueTask DisposeAsync() => new(Server.Node.Options.Spawner.StartAsync(StopAsync));

    private async Task StopAsync()
    {
        await Server.DisposeAsync();

        // Disposing alone would tear the connections, and with them good-byes that are on their way. A browser that does not answer gets no more than this.
        using CancellationTokenSource grace = new(s_grace, Server.Node.Options.Time);
        await _application.StopAsync(grace.Token);
        await _application.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel, int port)
    {
        kestrel.Listen(IPAddress.Loopback, port);
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 256;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 256;
        kestrel.Limits.MaxRequestBodySize = 64 << 10;
    }
}
