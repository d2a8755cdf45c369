using Microsoft.Playwright;
using P2P.Browser.Support;
using P2P.Core.Multiformats;
using P2P.Dashboard;
using P2P.Dashboard.Tests;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Browser;

/// <summary>A history that is not whole, and a page that changes under its reader.</summary>
public sealed class HistoryTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task Missing_links_are_hollow_inside_the_picture_linked_to_what_waits_for_them_and_can_be_walked_to()
    {
        await using P2PNode node = await P2PNode.StartAsync(new P2POptions { Mdns = false, Network = "browser-tests", Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] });
        TextDocument notes = await node.Documents.OpenAsync("notes", TwoNodes.Watchdog());
        TornHistory torn = await TornHistory.MakeAsync("browser-tests", "notes", 4, TwoNodes.Watchdog());
        await notes.Replica.InsertBlockAsync(torn.Merge.Bytes, default, TwoNodes.Watchdog());
        await using DashboardHost host = await DashboardHost.StartAsync(node, new DashboardOptions(), 0);
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(host.Link);
        await page.ViewAsync("dag?doc=notes", "History");
        ILocator hollow = page.Page.Locator(".dag circle.lost");
        await Assertions.Expect(hollow).ToHaveCountAsync(4);
        await Assertions.Expect(page.Page.Locator(".dag circle.node.waiting")).ToHaveCountAsync(1);
        int inside = await page.Page.EvaluateAsync<int>(
            """
            () => {
              const [width, height] = ['width', 'height'].map(name => Number(document.querySelector('.dag').getAttribute(name)));
              const places = [...document.querySelectorAll('.dag circle.lost')].map(c => [Number(c.getAttribute('cx')), Number(c.getAttribute('cy'))]);
              return new Set(places.filter(([x, y]) => x > 5 && y > 5 && x + 5 < width && y + 5 < height).map(String)).size;
            }
            """);
        Assert.Equal(4, inside);
        Assert.Equal(4, await page.Page.EvaluateAsync<int>("() => document.querySelector('.dag .edge.gone').getAttribute('d').split('M').length - 1"));

        await hollow.First.HoverAsync();
        string title = (await hollow.First.Locator("title").TextContentAsync())!;
        Assert.Contains(torn.Behind, e => title == $"missing: {e.Cid}");
        await page.Page.Locator(".dag-scroll").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowUp");
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("It waits for what it links to");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("Missing event");
        await Assertions.Expect(page.Page.Locator(".dag circle.lost.selected")).ToHaveCountAsync(1);
        await page.Page.Locator(".details dd button").Last.ClickAsync(); // what links to it
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("It waits for what it links to");
        await hollow.Nth(3).ClickAsync();
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("Missing event");
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task Thousands_of_authors_share_a_lane_beside_those_who_write_most_and_this_node()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        string result = await page.Page.EvaluateAsync<string>(
            """
            async () => {
              const { layOut, lanesMax } = await import('./views/dag.js');
              const many = 5000;
              const author = [...Array(many).keys(), 7]; // the eighth wrote two
              const dag = {
                authors: Array.from({ length: many }, (_, i) => ({ id: `k${i}`, name: `a${i}`, own: i === many - 1 })),
                author, cid: author.map((_, i) => `c${i}`), height: author.map((_, i) => i < many ? 1 : 2), type: author.map(() => 'seq'), at: author.map(() => 0),
                links: author.map(() => []), missing: [], heads: [], waitingFrom: author.length,
              };
              const places = layOut(dag);
              const alone = i => places.x.filter(x => x === places.x[i]).length;
              return [lanesMax, new Set(places.x).size, alone(7), alone(many - 1), places.lanes.others, places.width < 5000].join(', ');
            }
            """);
        Assert.Equal("50, 51, 2, 1, 4950, true", result);
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task Nobody_loses_his_place_when_something_happens_and_another_view_begins_at_its_heading()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await nodes.Documents[0].AppendAsync("one\n");
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        ILocator link = page.Page.Locator("td a", new PageLocatorOptions { HasTextString = "history" });
        await link.FocusAsync();
        await nodes.Nodes[0].Documents.OpenAsync("aaa", TwoNodes.Watchdog()); // a row above
        await nodes.Documents[0].AppendAsync("two\n");
        await Assertions.Expect(page.Page.Locator("td a", new PageLocatorOptions { HasTextString = "aaa" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Page.Locator("tr", new PageLocatorOptions { HasTextString = TwoNodes.Document }).Locator(".num").First).ToHaveTextAsync("2");
        Assert.Equal($"#/dag?doc={nodes.Documents[0].Id}", await page.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')"));

        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("History");
        await Assertions.Expect(page.Page.Locator("main h1")).ToBeFocusedAsync();
        await page.Page.Locator("#nav a[data-view=mesh]").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("Mesh");
        await Assertions.Expect(page.Page.Locator("main h1")).ToBeFocusedAsync();
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task A_row_that_is_brought_up_to_date_stays_the_same_element_and_does_what_its_new_words_say()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        string result = await page.Page.EvaluateAsync<string>(
            """
            async () => {
              const { redraw } = await import('./redraw.js');
              const { h } = await import('./ui.js');
              const box = h('div');
              document.body.append(box);
              const said = [];
              const row = (key, text) => h('p', { 'data-key': key, title: text }, h('button', { onclick: () => said.push(text) }, text));
              redraw(box, row('a', 'a1'), row('b', 'b1'), row('c', 'c1'));
              const b = box.children[1].firstChild;
              b.focus();
              redraw(box, row('x', 'x1'), row('c', 'c2'), row('b', 'b2'));
              b.click();
              said.push([...box.children].map(p => p.textContent + p.title).join(' '), document.activeElement === b, b.isConnected);
              redraw(box, row('c', 'c3'));
              said.push(document.activeElement === box, box.textContent);
              box.remove();
              return said.join(', ');
            }
            """);
        Assert.Equal("b2, x1x1 c2c2 b2b2, true, true, true, c3", result);
    }
}
