using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using P2P.Node;

namespace P2P.Dashboard.Tests;

/// <summary>The dashboard inside an application of somebody else.</summary>
public sealed class HostingTests
{
    private const string Token = "a token from the settings";

    [Fact]
    public async Task It_is_served_below_its_path_with_the_settings_of_the_application()
    {
        await using WebApplication app = await StartAsync(("P2P:Dashboard:Token", Token), ("P2P:Dashboard:AllowWrites", "true"), ("P2P:Dashboard:Hosts", "a.example; b.example"));
        using SocketsHttpHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient client = new(handler) { BaseAddress = new Uri(app.Urls.First()) };
        using HttpResponseMessage bare = await client.GetAsync(new Uri("/p2p", UriKind.Relative));
        Assert.Equal("/p2p/", bare.Headers.Location?.ToString()); // relative links of the page need the slash
        Assert.Contains("<title>P2P dashboard</title>", await client.GetStringAsync(new Uri("/p2p/", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal("hello", await client.GetStringAsync(new Uri("/", UriKind.Relative)));

        using HttpResponseMessage session = await SignInAsync(client, "/p2p/session");
        Assert.Contains("path=/p2p/", Assert.Single(session.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        string overview = await client.GetStringAsync(new Uri("/p2p/api/overview", UriKind.Relative));
        Assert.Contains("\"write\":true", overview, StringComparison.Ordinal);
        Assert.Equal(["a.example", "b.example"], app.Services.GetRequiredService<DashboardServer>().Options.Hosts);
    }

    [Theory]
    [InlineData("a.example,[::1]")]
    [InlineData("a.example [::1]")]
    [InlineData("a.example; [::1]")]
    public async Task Hosts_are_parted_as_every_list_of_the_settings(string hosts)
    {
        await using WebApplication app = await StartAsync(("P2P:Dashboard:Hosts", hosts));
        Assert.Equal(["a.example", "[::1]"], app.Services.GetRequiredService<DashboardServer>().Options.Hosts);
    }

    [Fact]
    public async Task Hosts_may_be_a_list_as_in_json()
    {
        await using WebApplication app = await StartAsync(("P2P:Dashboard:Hosts:0", "a.example"), ("P2P:Dashboard:Hosts:1", "b.example"));
        Assert.Equal(["a.example", "b.example"], app.Services.GetRequiredService<DashboardServer>().Options.Hosts);
    }

    [Fact]
    public async Task Behind_a_path_base_the_cookie_is_for_the_path_the_browser_sees()
    {
        await using WebApplication app = await StartAsync(static app => app.UsePathBase("/my app"), ("P2P:Dashboard:Token", Token));
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.First()) };
        using HttpResponseMessage session = await SignInAsync(client, "/my%20app/p2p/session");
        Assert.Contains("path=/my%20app/p2p/;", Assert.Single(session.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        Assert.Contains("\"write\":false", await client.GetStringAsync(new Uri("/my%20app/p2p/api/overview", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_editor_is_closed_when_the_application_stops()
    {
        await using WebApplication app = await StartAsync(("P2P:Dashboard:Token", Token));
        await app.Services.GetRequiredService<P2PNode>().Documents.OpenAsync("notes", DashboardUnderTest.Watchdog());
        CookieContainer cookies = new();
        using HttpClient client = new(new SocketsHttpHandler { CookieContainer = cookies }) { BaseAddress = new Uri(app.Urls.First()) };
        using HttpResponseMessage session = await SignInAsync(client, "/p2p/session");
        using ClientWebSocket socket = new();
        socket.Options.Cookies = cookies;
        socket.Options.SetRequestHeader("Origin", client.BaseAddress.GetLeftPart(UriPartial.Authority));
        await socket.ConnectAsync(new UriBuilder(new Uri(client.BaseAddress, "/p2p/api/edit?doc=notes")) { Scheme = "ws" }.Uri, DashboardUnderTest.Watchdog());
        Task stopping = app.StopAsync(DashboardUnderTest.Watchdog());
        byte[] buffer = new byte[4096];
        WebSocketReceiveResult heard;
        do
        {
            heard = await socket.ReceiveAsync(buffer, DashboardUnderTest.Watchdog()); // torn, not closed, when the server lost its patience with the request
        }
        while (heard.MessageType != WebSocketMessageType.Close);

        Assert.Equal(WebSocketCloseStatus.NormalClosure, heard.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, DashboardUnderTest.Watchdog());
        await stopping;
    }

    [Fact]
    public async Task Without_settings_it_reads_only_and_makes_a_token()
    {
        await using WebApplication app = await StartAsync();
        DashboardServer server = app.Services.GetRequiredService<DashboardServer>();
        Assert.False(server.Options.AllowWrites);
        Assert.Equal(32, server.Token.Length);
    }

    [Fact]
    public async Task A_token_of_the_settings_stands_in_no_log_and_a_made_one_is_told()
    {
        foreach (string? configured in new[] { Token, null })
        {
            await using DashboardUnderTest made = await DashboardUnderTest.StartAsync(new DashboardOptions { Token = configured }, signedIn: false);
            Notes notes = new();
            await new DashboardNotice(made.Host.Server, notes).StartAsync(default);
            Assert.Equal(configured is null, notes.Said.Contains(made.Host.Server.Token, StringComparison.Ordinal));
            Assert.Contains("Dashboard of", notes.Said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Half_a_character_is_malformed_and_no_fault_of_the_server()
    {
        await using DashboardUnderTest made = await DashboardUnderTest.StartAsync(signedIn: false);
        using HttpRequestMessage request = new(HttpMethod.Post, "session") { Content = new StringContent("{\"token\":\"\\ud800\"}", Encoding.UTF8, "application/json") };
        request.Headers.Add("Origin", made.Origin);
        using HttpResponseMessage answer = await made.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("Token", "short", "Dashboard:Token: at least 16 characters")]
    [InlineData("AllowWrites", "perhaps", "P2P:Dashboard:AllowWrites: 'perhaps' cannot be read")]
    [InlineData("AllowWrite", "true", "P2P:Dashboard:AllowWrite is no option")]
    [InlineData("Host", "foo", "P2P:Dashboard:Host is no option")]
    [InlineData("Hosts:a:b", "foo", "P2P:Dashboard:Hosts:a is no option")]
    [InlineData("SessionLifetime", "long", "'long' cannot be read")]
    [InlineData("SessionsMax", "0", "Dashboard:SessionsMax:")]
    [InlineData("LogMax", "-5", "Dashboard:LogMax:")]
    public async Task A_setting_that_makes_no_sense_stops_the_start_and_is_named(string name, string value, string said)
    {
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => StartAsync(($"P2P:Dashboard:{name}", value)));
        Assert.Equal(NodeError.InvalidOption, error.Error);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_and_durations_are_settings_too()
    {
        await using WebApplication app = await StartAsync(("P2P:Dashboard:SessionLifetime", "1h"), ("P2P:Dashboard:SocketsMax", "3"), ("P2P:Dashboard:SendTimeout", "00:00:02"));
        DashboardOptions options = app.Services.GetRequiredService<DashboardServer>().Options;
        Assert.Equal((TimeSpan.FromHours(1), 3, TimeSpan.FromSeconds(2)), (options.SessionLifetime, options.SocketsMax, options.SendTimeout));
    }

    [Fact]
    public async Task Options_that_are_set_in_code_are_checked_too()
    {
        await using P2PNode node = await DashboardUnderTest.StartNodeAsync([]);
        DashboardOptions[] wrong =
        [
            new() { SocketsMax = 0 }, new() { SessionsMax = -1 }, new() { LogMax = -5 }, new() { MessageBytesMax = 1023 }, new() { EditsWaitingMax = 0 },
            new() { SessionLifetime = TimeSpan.Zero }, new() { SendTimeout = TimeSpan.FromDays(1) }, new() { Token = "short" },
            new() { Hosts = [" "] }, new() { Hosts = ["a.example,b.example"] }, new() { Hosts = ["a.example:80"] }, new() { Hosts = ["::1"] },
        ];
        foreach (DashboardOptions options in wrong)
        {
            P2PException error = Assert.Throws<P2PException>(() => new DashboardServer(node, options));
            Assert.Equal(NodeError.InvalidOption, error.Error);
            Assert.Matches("^Dashboard:[A-Z][A-Za-z]+: ", error.Message);
        }
    }

    [Fact]
    public void Every_option_can_be_set_and_stands_in_the_page()
    {
        IEnumerable<string> code = typeof(DashboardOptions).GetProperties().Select(static p => p.Name).Except(["Checks"]); // a function
        Assert.Equal(code.Order(StringComparer.Ordinal), DashboardOptionsReader.Known.Order(StringComparer.Ordinal));
        string page = File.ReadAllText(Path.Combine(TestSupport.Require.Root, "docs", "dashboard.md"));
        Assert.All(DashboardOptionsReader.Known, key => Assert.Contains($"| `{key}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_AddDashboard_the_line_that_maps_it_says_what_is_missing()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddP2P();
        await using WebApplication app = builder.Build();
        Assert.Contains("AddP2P(…).AddDashboard()", Assert.Throws<InvalidOperationException>(() => app.MapP2PDashboard()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => app.MapP2PDashboard(server: null!));
    }

    private static async Task<HttpResponseMessage> SignInAsync(HttpClient client, string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent($"{{\"token\":\"{Token}\"}}", Encoding.UTF8, "application/json") };
        request.Headers.Add("Origin", client.BaseAddress!.GetLeftPart(UriPartial.Authority));
        HttpResponseMessage session = await client.SendAsync(request, DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.NoContent, session.StatusCode);
        return session;
    }

    private static Task<WebApplication> StartAsync(params (string Name, string Value)[] settings) => StartAsync(static _ => { }, settings);

    private static async Task<WebApplication> StartAsync(Action<WebApplication> configure, params (string Name, string Value)[] settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        foreach ((string name, string value) in settings)
        {
            builder.Configuration[name] = value;
        }

        builder.Services.AddP2P(o =>
        {
            o.Mdns = false;
            o.Listen.Add("/ip4/127.0.0.1/tcp/0");
        }).AddDashboard();
        WebApplication app = builder.Build();
        configure(app);
        app.UseRouting(); // after what was configured, or a path base would come too late
        app.MapP2PDashboard();
        app.MapGet("/", () => "hello");
        try
        {
            await app.StartAsync(DashboardUnderTest.Watchdog());
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private sealed class Notes : ILogger<DashboardServer>
    {
        public string Said { get; private set; } = string.Empty;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said += formatter(state, exception);
    }
}
