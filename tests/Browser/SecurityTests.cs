using Microsoft.Playwright;
using P2P.Browser.Support;
using P2P.Dashboard.Security;

namespace P2P.Browser;

/// <summary>The refusals, as a real browser meets them.</summary>
public sealed class SecurityTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task Without_the_token_or_with_a_wrong_one_the_page_shows_nothing_of_the_node()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        foreach (string fragment in new[] { string.Empty, "#t=00000000000000000000000000000000" })
        {
            await using WatchedPage page = await chromium.OpenAsync();
            await page.GoAsync(new Uri(nodes.Hosts[0].Address, fragment));
            await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("Not signed in");
            Assert.DoesNotContain(nodes.Nodes[0].Name, await page.Page.ContentAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(1, nodes.Hosts[0].Server.Refused(DashboardRefusal.Token));
    }

    [BrowserFact]
    public async Task The_token_leaves_the_address_and_is_out_of_reach_of_scripts()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        Assert.DoesNotContain(nodes.Hosts[0].Server.Token, page.Page.Url, StringComparison.Ordinal);
        Assert.Empty(await page.Page.EvaluateAsync<string>("document.cookie"));
        await page.Page.ReloadAsync();
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("Overview"); // the session stays
    }

    [BrowserFact]
    public async Task A_rebound_name_gets_neither_page_nor_session()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        IResponse? answer = await page.Page.GotoAsync($"http://{Chromium.Rebound}:{nodes.Hosts[0].Address.Port}/#t={nodes.Hosts[0].Server.Token}");
        Assert.Equal(421, answer!.Status);
        Assert.True(nodes.Hosts[0].Server.Refused(DashboardRefusal.Host) > 0);
    }

    [BrowserFact]
    public async Task A_page_of_another_origin_can_neither_read_nor_write_nor_open_a_socket_even_where_the_user_is_signed_in()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link); // this browser has the session now
        await page.GoAsync(nodes.Hosts[1].Link); // another port is another origin, of the same site: the cookie is sent
        string target = nodes.Hosts[0].Address.ToString();
        string result = await page.Page.EvaluateAsync<string>(
            """
            async target => {
              const results = [];
              // The policy of our own page forbids it to ask elsewhere; an attacker's has none. So ask from a blank document.
              const frame = window.open('about:blank') ?? window;
              for (const [path, init] of [['api/overview', {}], ['api/offline', { method: 'POST', body: '{"offline":true}' }]]) {
                results.push(await frame.fetch(target + path, { credentials: 'include', ...init }).then(r => `got ${r.status}`, () => 'nothing'));
              }
              results.push(await new Promise(resolve => {
                const socket = new frame.WebSocket(target.replace('http', 'ws') + 'api/edit?doc=notes');
                socket.onmessage = () => resolve('message');
                socket.onclose = socket.onerror = () => resolve('closed');
              }));
              return results.join(', ');
            }
            """,
            target);
        Assert.Equal("nothing, nothing, closed", result);
        Assert.False(nodes.Nodes[0].IsOffline);
    }
}
