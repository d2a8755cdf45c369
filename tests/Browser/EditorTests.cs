using Microsoft.Playwright;
using P2P.Browser.Support;

namespace P2P.Browser;

/// <summary>Two browsers on two nodes and one text.</summary>
public sealed class EditorTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task Two_browsers_type_at_once_one_goes_offline_and_both_end_with_the_text_of_their_nodes()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage left = await chromium.OpenAsync();
        await using WatchedPage right = await chromium.OpenAsync();
        await left.GoAsync(nodes.Hosts[0].Link);
        await right.GoAsync(nodes.Hosts[1].Link);
        await left.EditAsync(TwoNodes.Document);
        await right.EditAsync(TwoNodes.Document);

        await left.Page.Keyboard.TypeAsync("title\n");
        await right.SeesTextAsync("title\n");
        await right.Page.Keyboard.PressAsync("Control+End");
        await Task.WhenAll(
            left.Page.Keyboard.TypeAsync("written on the left", new KeyboardTypeOptions { Delay = 15 }),
            right.Page.Keyboard.TypeAsync("and on the right", new KeyboardTypeOptions { Delay = 15 }));
        await AgreeAsync(nodes, left, right);
        string both = nodes.Documents[0].Text;
        Assert.Contains("written on the left", both, StringComparison.Ordinal); // neither is torn by the other
        Assert.Contains("and on the right", both, StringComparison.Ordinal);

        await right.Page.GetByRole(AriaRole.Switch).ClickAsync();
        await TwoNodes.UntilAsync(() => nodes.Nodes[1].IsOffline && nodes.Nodes[0].Peers.Connected.Count == 0);
        await left.Editor.ClickAsync();
        await right.Editor.ClickAsync();
        await left.Page.Keyboard.PressAsync("Control+End");
        await right.Page.Keyboard.PressAsync("Control+Home");
        await left.Page.Keyboard.TypeAsync("\nonline all the time");
        await right.Page.Keyboard.TypeAsync("offline for a while\n");
        await left.SeesTextAsync(both + "\nonline all the time");
        await right.SeesTextAsync("offline for a while\n" + both);
        Assert.NotEqual(nodes.Documents[0].Text, nodes.Documents[1].Text);

        await right.Page.GetByRole(AriaRole.Switch).ClickAsync();
        string merged = $"offline for a while\n{both}\nonline all the time";
        await left.SeesTextAsync(merged);
        await right.SeesTextAsync(merged);
        await AgreeAsync(nodes, left, right);
        Assert.Equal(merged, nodes.Documents[0].Text);
        Assert.Empty(left.Errors.Concat(right.Errors));
    }

    [BrowserFact]
    public async Task Two_browsers_of_one_node_share_a_text_too_and_undo_takes_back_only_the_own()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage one = await chromium.OpenAsync();
        await using WatchedPage two = await chromium.OpenAsync();
        await one.GoAsync(nodes.Hosts[0].Link);
        await two.GoAsync(nodes.Hosts[0].Link);
        await one.EditAsync(TwoNodes.Document);
        await two.EditAsync(TwoNodes.Document);
        await one.Page.Keyboard.TypeAsync("mine ");
        await two.SeesTextAsync("mine ");
        await two.Page.Keyboard.PressAsync("Control+End");
        await two.Page.Keyboard.TypeAsync("yours");
        await one.SeesTextAsync("mine yours");
        await one.Page.Keyboard.PressAsync("Control+z");
        await one.SeesTextAsync("yours");
        await two.SeesTextAsync("yours");
        await TwoNodes.UntilAsync(() => nodes.Documents[0].Text == "yours");
        Assert.Empty(one.Errors.Concat(two.Errors));
    }

    [BrowserFact]
    public async Task The_caret_of_another_node_is_shown_with_its_name()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        await using WatchedPage left = await chromium.OpenAsync();
        await using WatchedPage right = await chromium.OpenAsync();
        await left.GoAsync(nodes.Hosts[0].Link);
        await right.GoAsync(nodes.Hosts[1].Link);
        await left.EditAsync(TwoNodes.Document);
        await right.EditAsync(TwoNodes.Document);
        await left.Page.Keyboard.TypeAsync("here I am");
        await right.SeesTextAsync("here I am");
        await left.Page.Keyboard.PressAsync("Home");
        await Assertions.Expect(right.Page.Locator(".cm-remote-caret")).ToHaveAttributeAsync("data-name", nodes.Nodes[0].Name);
        await InFrontOfCaretAsync(right, string.Empty);
        await left.Page.Keyboard.TypeAsync("now ");
        await right.SeesTextAsync("now here I am");
        await InFrontOfCaretAsync(right, "now ");
    }

    [BrowserFact]
    public async Task A_read_only_page_shows_the_text_as_it_is_written_and_cannot_be_typed_in()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync(writes: false);
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[0].Link);
        await page.EditAsync(TwoNodes.Document);
        await nodes.Documents[1].AppendAsync("from elsewhere\n");
        await page.SeesTextAsync("from elsewhere\n");
        await page.Editor.ClickAsync();
        await page.Page.Keyboard.TypeAsync("no");
        await nodes.Documents[1].AppendAsync("again\n");
        await page.SeesTextAsync("from elsewhere\nagain\n");
        Assert.Equal("from elsewhere\nagain\n", nodes.Documents[0].Text);
        await Assertions.Expect(page.Page.GetByRole(AriaRole.Switch)).ToBeHiddenAsync();
        Assert.Empty(page.Errors);
    }

    private static async Task InFrontOfCaretAsync(WatchedPage page, string expected)
    {
        CancellationToken watchdog = TwoNodes.Watchdog();
        while (await page.Page.Locator(".cm-remote-caret").EvaluateAsync<string?>( // null: it was drawn anew between finding and asking it
            "caret => { const line = caret.closest('.cm-line'); if (!line) return null; const range = document.createRange(); range.setStart(line, 0); range.setEndBefore(caret); return range.toString(); }") != expected)
        {
            await Task.Delay(25, watchdog);
        }
    }

    private static async Task AgreeAsync(TwoNodes nodes, WatchedPage left, WatchedPage right)
    {
        await Assertions.Expect(left.Page.Locator("[role=status].state")).ToContainTextAsync("saved ·");
        await Assertions.Expect(right.Page.Locator("[role=status].state")).ToContainTextAsync("saved ·");
        await TwoNodes.UntilAsync(() => nodes.Documents[0].Text.Length > 0);
        await nodes.Documents[0].FlushAsync(TwoNodes.Watchdog());
        await nodes.Documents[1].FlushAsync(TwoNodes.Watchdog());
        await nodes.ConvergedAsync();
        await left.SeesTextAsync(nodes.Documents[0].Text);
        await right.SeesTextAsync(nodes.Documents[1].Text);
        Assert.Equal(nodes.Documents[0].Text, await left.TextAsync());
        Assert.Equal(nodes.Documents[1].Text, await right.TextAsync());
        Assert.Equal(nodes.Documents[0].Status.FrontierHash, nodes.Documents[1].Status.FrontierHash);
    }
}
