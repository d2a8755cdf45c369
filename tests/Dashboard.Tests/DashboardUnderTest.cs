using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Tests;

/// <summary>A node with a real web server on loopback, and a client that is a well-behaved browser unless told otherwise.</summary>
internal sealed class DashboardUnderTest : IAsyncDisposable
{
    private DashboardUnderTest(P2PNode node, DashboardHost host)
    {
        Node = node;
        Host = host;
        Client = new HttpClient(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false }) { BaseAddress = host.Address };
        Origin = host.Address.GetLeftPart(UriPartial.Authority);
    }

    public P2PNode Node { get; }

    public DashboardHost Host { get; }

    public HttpClient Client { get; }

    public CookieContainer Cookies { get; } = new();

    public string Origin { get; }

    public static CancellationToken Watchdog() => TestSupport.Watchdog.Start();

    public static async Task<DashboardUnderTest> StartAsync(DashboardOptions? options = null, bool signedIn = true)
    {
        P2PNode node = await StartNodeAsync([]);
        DashboardHost host = await DashboardHost.StartAsync(node, options ?? new DashboardOptions(), 0);
        DashboardUnderTest made = new(node, host);
        if (signedIn)
        {
            using HttpResponseMessage answer = await made.PostAsync("session", new JsonObject { ["token"] = host.Server.Token });
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        return made;
    }

    /// <summary>A node on loopback, without a dashboard.</summary>
    public static Task<P2PNode> StartNodeAsync(IReadOnlyList<Multiaddr> peers) => P2PNode.StartAsync(new P2POptions
    {
        Mdns = false,
        Network = "dashboard-tests",
        Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
        Peers = peers,
    });

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Client.GetStringAsync(new Uri(path, UriKind.Relative), Watchdog()))!;

    public async Task<HttpResponseMessage> PostAsync(string path, JsonNode body, string? origin = "own")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin == "own" ? Origin : origin);
        }

        return await Client.SendAsync(request, Watchdog());
    }

    /// <summary>A WebSocket with the cookies of the client.</summary>
    public async Task<ClientWebSocket> OpenAsync(string path, string? origin = "own", string? host = null)
    {
        ClientWebSocket socket = new();
        socket.Options.Cookies = Cookies;
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin == "own" ? Origin : origin);
        }

        if (host is not null)
        {
            socket.Options.SetRequestHeader("Host", host);
        }

        await socket.ConnectAsync(new UriBuilder(new Uri(Host.Address, path)) { Scheme = "ws" }.Uri, Watchdog());
        return socket;
    }

    public Task<TextDocument> OpenDocumentAsync(string name) => Node.Documents.OpenAsync(name, Watchdog());

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Host.DisposeAsync();
        await Node.DisposeAsync();
    }
}
