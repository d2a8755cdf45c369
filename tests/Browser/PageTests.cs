using System.Globalization;
using Microsoft.Playwright;
using P2P.Browser.Support;

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
