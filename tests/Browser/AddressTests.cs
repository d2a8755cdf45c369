using Microsoft.Playwright;
using P2P.Browser.Support;

namespace P2P.Browser;

/// <summary>What stands in the address, in a tab that has the page already.</summary>
public sealed class AddressTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task A_link_opened_in_a_tab_that_has_the_page_signs_in_and_its_token_leaves_the_address()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Address);
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("Not signed in");
        await FollowAsync(page, nodes, "Overview");
        await Assertions.Expect(page.Page.Locator("#nav a").First).ToBeVisibleAsync();

        await page.ViewAsync("log", "Log");
        await FollowAsync(page, nodes, "Overview"); // signed in as it is

        await page.Page.Context.ClearCookiesAsync(); // the session ends
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync("Not signed in");
        await FollowAsync(page, nodes, "Overview");
    }

    [BrowserFact]
    public async Task A_document_that_is_not_open_is_said_to_be_so_and_no_other_is_opened_in_its_place()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        await page.ViewAsync("dag?doc=gone", "History");
        await Assertions.Expect(page.Page.Locator(".details")).ToContainTextAsync("“gone” is not open here.");
        await page.ViewAsync("editor?doc=gone", "Editor");
        await Assertions.Expect(page.Page.Locator(".editor")).ToContainTextAsync("“gone” is not open here.");
        await Assertions.Expect(page.Page.Locator(".editor-host")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator("input[name=name]")).ToHaveValueAsync("gone");

        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Open", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Editor).ToHaveAttributeAsync("aria-label", "Text of gone");
        Assert.Equal(["gone", TwoNodes.Document], nodes.Nodes[0].Documents.Opened.Select(static d => d.Name));
        Assert.Empty(page.Errors);
    }

    /// <summary>Only the fragment is another, so the browser loads nothing.</summary>
    private static async Task FollowAsync(WatchedPage page, TwoNodes nodes, string heading)
    {
        await page.Page.EvaluateAsync("link => { location.href = link; }", nodes.Hosts[0].Link.ToString());
        await Assertions.Expect(page.Page.Locator("main h1")).ToHaveTextAsync(heading);
        Assert.DoesNotContain(nodes.Hosts[0].Server.Token, page.Page.Url, StringComparison.Ordinal);
    }
}
