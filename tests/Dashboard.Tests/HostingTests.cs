using System.Net;
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

        using HttpRequestMessage request = new(HttpMethod.Post, "/p2p/session") { Content = new StringContent($"{{\"token\":\"{Token}\"}}", Encoding.UTF8, "application/json") };
        request.Headers.Add("Origin", client.BaseAddress.GetLeftPart(UriPartial.Authority));
        using HttpResponseMessage session = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NoContent, session.StatusCode);
        Assert.Contains("path=/p2p/", Assert.Single(session.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        string overview = await client.GetStringAsync(new Uri("/p2p/api/overview", UriKind.Relative));
        Assert.Contains("\"write\":true", overview, StringComparison.Ordinal);
        Assert.Equal(["a.example", "b.example"], app.Services.GetRequiredService<DashboardServer>().Options.Hosts);
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
    [InlineData("P2P:Dashboard:Token", "short")]
    [InlineData("P2P:Dashboard:AllowWrites", "perhaps")]
    public async Task A_setting_that_makes_no_sense_stops_the_start(string name, string value)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => StartAsync((name, value)));
    }

    private static async Task<WebApplication> StartAsync(params (string Name, string Value)[] settings)
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
