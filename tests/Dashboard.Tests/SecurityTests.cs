using System.Net;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using P2P.Dashboard.Security;

namespace P2P.Dashboard.Tests;

/// <summary>What a page the user happens to visit may try, and what it gets.</summary>
public sealed class SecurityTests
{
    private static readonly string[] s_reads = ["api/overview", "api/checks", "api/mesh", "api/dht", "api/documents", "api/dag?doc=notes", "api/block?cid=bafkqaaa", "api/providers?cid=bafkqaaa", "api/car?doc=notes", "api/log", "api/metrics"];

    [Fact]
    public async Task Without_a_session_nothing_is_told()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(signedIn: false);
        foreach (string path in s_reads)
        {
            using HttpResponseMessage answer = await dashboard.Client.GetAsync(new Uri(path, UriKind.Relative), DashboardUnderTest.Watchdog());
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }

        Assert.Equal(s_reads.Length, dashboard.Host.Server.Refused(DashboardRefusal.Session));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("the token, nearly")]
    public async Task A_wrong_token_opens_no_session(string token)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(signedIn: false);
        using HttpResponseMessage answer = await dashboard.PostAsync("session", new JsonObject { ["token"] = token });
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        Assert.Equal(1, dashboard.Host.Server.Refused(DashboardRefusal.Token));
    }

    [Fact]
    public async Task A_token_is_128_random_bits_and_the_session_is_another_secret()
    {
        await using DashboardUnderTest one = await DashboardUnderTest.StartAsync();
        await using DashboardUnderTest other = await DashboardUnderTest.StartAsync();
        Cookie session = Assert.Single(one.Cookies.GetAllCookies());
        Assert.Equal(32, one.Host.Server.Token.Length);
        Assert.NotEqual(one.Host.Server.Token, other.Host.Server.Token);
        Assert.NotEqual(one.Host.Server.Token, session.Value);
        Assert.NotEqual(session.Name, Assert.Single(other.Cookies.GetAllCookies()).Name); // cookies know no port
        Assert.Equal($"#t={one.Host.Server.Token}", one.Host.Link.Fragment);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_of_other_sites()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(signedIn: false);
        using HttpResponseMessage answer = await dashboard.PostAsync("session", new JsonObject { ["token"] = dashboard.Host.Server.Token });
        string cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("path=/", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("attacker.example")]
    [InlineData("attacker.example:80")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("192.168.1.20")]
    public async Task A_rebound_name_is_refused_even_with_a_session(string host)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        foreach (string path in s_reads.Append(string.Empty).Append("session").Append("app.js"))
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.Host = host;
            using HttpResponseMessage answer = await dashboard.Client.SendAsync(request, DashboardUnderTest.Watchdog());
            Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
        }

        await Assert.ThrowsAsync<WebSocketException>(() => dashboard.OpenAsync("api/edit?doc=notes", host: host));
    }

    [Fact]
    public async Task A_name_that_was_allowed_is_served()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions { Hosts = ["node.example"] });
        using HttpRequestMessage request = new(HttpMethod.Get, string.Empty);
        request.Headers.Host = "node.example";
        using HttpResponseMessage answer = await dashboard.Client.SendAsync(request, DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("http://attacker.example")]
    [InlineData("http://127.0.0.1:1")]
    public async Task A_write_or_a_socket_of_another_origin_is_refused(string? origin)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions { AllowWrites = true });
        await dashboard.OpenDocumentAsync("notes");
        using HttpResponseMessage write = await dashboard.PostAsync("api/offline", new JsonObject { ["offline"] = true }, origin);
        using HttpResponseMessage session = await dashboard.PostAsync("session", new JsonObject { ["token"] = dashboard.Host.Server.Token }, origin);
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, session.StatusCode);
        Assert.False(dashboard.Node.IsOffline);
        await Assert.ThrowsAsync<WebSocketException>(() => dashboard.OpenAsync("api/edit?doc=notes", origin));
        Assert.Equal(3, dashboard.Host.Server.Refused(DashboardRefusal.Origin));
    }

    [Fact]
    public async Task It_is_read_only_unless_told_otherwise()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        using HttpResponseMessage offline = await dashboard.PostAsync("api/offline", new JsonObject { ["offline"] = true });
        using HttpResponseMessage open = await dashboard.PostAsync("api/documents/open", new JsonObject { ["name"] = "notes" });
        Assert.Equal(HttpStatusCode.Forbidden, offline.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, open.StatusCode);
        Assert.False(dashboard.Node.IsOffline);
        Assert.Empty(await dashboard.Node.Documents.ListAsync());
        Assert.Equal(2, dashboard.Host.Server.Refused(DashboardRefusal.ReadOnly));
    }

    [Fact]
    public async Task Every_answer_lets_the_page_load_nothing_from_elsewhere()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        foreach (string path in PageFiles.Names.Append(string.Empty).Append("api/overview").Append("nowhere"))
        {
            using HttpResponseMessage answer = await dashboard.Client.GetAsync(new Uri(path, UriKind.Relative), DashboardUnderTest.Watchdog());
            string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_the_oldest_of_too_many_ends_too()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions { SessionsMax = 2 });
        string first = dashboard.Cookies.GetCookieHeader(dashboard.Host.Address);
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage again = await dashboard.PostAsync("session", new JsonObject { ["token"] = dashboard.Host.Server.Token });
        }

        using HttpClient old = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = dashboard.Host.Address };
        old.DefaultRequestHeaders.Add("Cookie", first);
        using HttpResponseMessage refused = await old.GetAsync(new Uri("api/log", UriKind.Relative), DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using HttpRequestMessage request = new(HttpMethod.Delete, "session");
        request.Headers.Add("Origin", dashboard.Origin);
        using HttpResponseMessage gone = await dashboard.Client.SendAsync(request, DashboardUnderTest.Watchdog());
        using HttpResponseMessage after = await dashboard.Client.GetAsync(new Uri("api/log", UriKind.Relative), DashboardUnderTest.Watchdog());
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_long_body_for_a_session_is_not_read()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(signedIn: false);
        using HttpResponseMessage answer = await dashboard.PostAsync("session", new JsonObject { ["token"] = new string('x', 5_000) });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task It_listens_on_loopback_only()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        Assert.Equal("127.0.0.1", dashboard.Host.Address.Host);
    }
}
