using System.Globalization;
using Microsoft.Playwright;
using P2P.Browser.Support;
using P2P.Core.Multiformats;
using P2P.Dashboard;

namespace P2P.Browser;

/// <summary>The views, without a mouse, without an error, without a request to anywhere else.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly (string View, string Heading)[] s_views =
    [
        ("overview", "Overview"), ("editor?doc=notes", "Editor"), ("dag?doc=notes", "History"), ("mesh", "Mesh"), ("dht", "DHT"),
        ("content", "Content"), ("metrics", "Metrics"), ("log", "Log"),
    ];

    [BrowserFact]
    public async Task No_view_makes_an_error_or_asks_anybody_but_its_own_node()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await nodes.Documents[0].AppendAsync("hello\n");
        foreach (ColorScheme scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using WatchedPage page = await chromium.OpenAsync(scheme);
            await page.GoAsync(nodes.Hosts[0].Link);
            foreach ((string view, string heading) in s_views)
            {
                await page.ViewAsync(view, heading);
                await page.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            }

            await page.ViewAsync($"content?cid={nodes.Documents[0].Status.Heads[0]}", "Content");
            await Assertions.Expect(page.Page.Locator("pre")).ToContainTextAsync("\"t\": \"seq\"");
            Assert.Empty(page.Errors);
            Assert.Equal([nodes.Hosts[0].Address.Authority], page.Hosts.Keys);
        }
    }

    [BrowserFact]
    public async Task The_history_has_a_node_for_each_event_of_the_store_and_lights_what_one_rests_on()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        for (int i = 0; i < 20; i++)
        {
            await nodes.Documents[i % 2].AppendAsync(i.ToString(CultureInfo.InvariantCulture) + "\n");
        }

        await nodes.ConvergedAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        await page.ViewAsync("dag?doc=notes", "History");
        int events = (int)nodes.Documents[0].Status.VisibleCount;
        Assert.Equal(20, events);
        await Assertions.Expect(page.Page.Locator(".dag circle.node")).ToHaveCountAsync(events);
        await Assertions.Expect(page.Page.Locator(".dag circle.ring")).ToHaveCountAsync(nodes.Documents[0].Status.Heads.Count);
        await Assertions.Expect(page.Page.Locator(".lane-name")).ToHaveCountAsync(2);

        await page.Page.Locator(".dag circle.node").Nth(0).ClickAsync();
        await Assertions.Expect(page.Page.Locator(".dag circle.node.past")).ToHaveCountAsync(1);
        await page.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("Rests on");
        await page.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Page.Locator(".dag circle.past")).ToHaveCountAsync(0);

        await page.Page.Locator(".replay input").FillAsync("7");
        await Assertions.Expect(page.Page.Locator(".dag circle.node")).ToHaveCountAsync(7);
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task Everything_can_be_reached_and_done_by_keyboard()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        await TabToAsync(page, "Editor");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Editor).ToBeFocusedAsync();
        await Assertions.Expect(page.Page.Locator("[role=status].state")).ToContainTextAsync("saved");
        await page.Page.Keyboard.TypeAsync("by keyboard");
        await TwoNodes.UntilAsync(() => nodes.Documents[0].Text == "by keyboard");

        await page.Page.ReloadAsync();
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Switch)).ToHaveTextAsync("online"); // Tab goes by what is there
        await TabToAsync(page, "online");
        await page.Page.Keyboard.PressAsync("Space");
        await TwoNodes.UntilAsync(() => nodes.Nodes[0].IsOffline);
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Switch)).ToHaveAttributeAsync("aria-checked", "false");
        await page.Page.Keyboard.PressAsync("Space");
        await TwoNodes.UntilAsync(() => !nodes.Nodes[0].IsOffline);

        await TabToAsync(page, "History");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator(".dag circle.node").First).ToBeVisibleAsync();
        await page.Page.Locator(".dag-scroll").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowUp");
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("Author");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("Content");
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task Everything_that_can_be_pressed_or_typed_in_has_a_name()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await nodes.Documents[0].AppendAsync("hello\n");
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        foreach ((string view, string heading) in s_views)
        {
            await page.ViewAsync(view, heading);
            string[] unnamed = await page.Page.EvaluateAsync<string[]>(
                """
                () => [...document.querySelectorAll('button, a, input, select, [tabindex="0"]')]
                  .filter(e => e.checkVisibility() && !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
                  .map(e => e.outerHTML)
                """);
            Assert.Empty(unnamed);
        }
    }

    [BrowserFact]
    public async Task The_overview_has_a_rate_and_runs_the_checks_when_asked()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using DashboardHost host = await DashboardHost.StartAsync(nodes.Nodes[0], new DashboardOptions
        {
            Checks = static _ => Task.FromResult<IReadOnlyList<DashboardCheck>>([new("clock", "ok", "is right", null), new("disk", "problem", "is full", "Free space.")]),
        }, 0);
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(host.Link);
        await page.ViewAsync("overview", "Overview");
        await Assertions.Expect(page.Page.Locator(".tile").Last).ToContainTextAsync("B in, ");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Run the checks" }).ClickAsync();
        await Assertions.Expect(page.Page.Locator(".checks .badge")).ToHaveTextAsync(["ok", "problem"]);
        await Assertions.Expect(page.Page.Locator(".checks .next")).ToHaveTextAsync("→ Free space.");
        Assert.Empty(page.Errors);

        await page.GoAsync(nodes.Hosts[0].Link);
        await page.ViewAsync("overview", "Overview");
        await Assertions.Expect(page.Page.Locator(".checks")).ToBeHiddenAsync(); // nobody gave this one any
    }

    [BrowserFact]
    public async Task A_file_is_shown_with_type_size_and_links_to_its_pieces()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        Cid file = await nodes.Nodes[0].Blocks.AddFileAsync(new MemoryStream(new byte[(1 << 20) + 5]));
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        await page.ViewAsync($"content?cid={file}", "Content");
        await Assertions.Expect(page.Page.Locator("main dl").First).ToContainTextAsync("file, 1,048,581 bytes");
        await Assertions.Expect(page.Page.Locator("main tbody tr td.num")).ToHaveTextAsync(["1.0 MiB", "5 B"]);
        await page.Page.Locator("main tbody a").Last.ClickAsync();
        await Assertions.Expect(page.Page.Locator("main pre")).ToContainTextAsync("00 00 00 00 00");
        Assert.Empty(page.Errors);
    }

    private static async Task TabToAsync(WatchedPage page, string name)
    {
        for (int i = 0; i < 60; i++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            if (await page.Page.EvaluateAsync<string>("document.activeElement.textContent.trim()") == name)
            {
                return;
            }
        }

        Assert.Fail($"Tab never came to {name}.");
    }
}
