using Microsoft.Playwright;
using P2P.Browser.Support;
using P2P.Core.Multiformats;
using P2P.Dashboard;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Browser;

/// <summary>What an editor does with text that the document does not take.</summary>
public sealed class RefusalTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task A_refused_edit_is_taken_back_said_why_and_offered_and_the_editor_goes_on()
    {
        await using P2PNode node = await StartAsync(new TextOptions { InsertMax = 8 });
        TextDocument notes = await node.Documents.OpenAsync("notes", TwoNodes.Watchdog());
        await using DashboardHost host = await DashboardHost.StartAsync(node, new DashboardOptions { AllowWrites = true }, 0);
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(host.Link);
        await page.EditAsync("notes");
        await page.Page.Keyboard.TypeAsync("short");
        await TwoNodes.UntilAsync(() => notes.Text == "short");
        await page.Page.Keyboard.InsertTextAsync("much too long for it");
        await Assertions.Expect(page.Page.Locator(".refusal")).ToContainTextAsync("at most 8");
        await Assertions.Expect(page.Page.Locator(".refusal pre")).ToHaveTextAsync("much too long for it");
        await page.SeesTextAsync("short");

        await page.Page.Keyboard.TypeAsync(", ok");
        await TwoNodes.UntilAsync(() => notes.Text == "short, ok");
        await page.SeesTextAsync("short, ok");
        await Assertions.Expect(page.Page.Locator("[role=status].state")).ToContainTextAsync("saved ·");
        await Assertions.Expect(page.Page.Locator(".refusal pre")).ToHaveTextAsync("much too long for it"); // kept until it is dismissed
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Dismiss" }).ClickAsync();
        await Assertions.Expect(page.Page.Locator(".refusal")).ToBeHiddenAsync();
        await Assertions.Expect(page.Editor).ToBeFocusedAsync();
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task Where_the_node_may_not_write_the_editor_says_so_shows_the_text_and_takes_no_typing()
    {
        await using TwoNodes nodes = await TwoNodes.StartAsync();
        TextDocument closed = await nodes.Nodes[0].Documents.CreateAsync(
            new DocumentOptions { Name = "closed", Writers = WriterPolicy.Allow([nodes.Nodes[0].Author.Key!.Value]) }, TwoNodes.Watchdog());
        TextDocument there = await nodes.Nodes[1].Documents.OpenAsync(closed.Ticket, TwoNodes.Watchdog());
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(nodes.Hosts[1].Link);
        await page.EditAsync(there.Id.ToString());
        await Assertions.Expect(page.Page.Locator(".notice:not(.refusal)")).ToContainTextAsync("P2P0012");
        await Assertions.Expect(page.Editor).ToHaveAttributeAsync("contenteditable", "false");
        await page.Editor.ClickAsync();
        await page.Page.Keyboard.TypeAsync("no");
        await closed.AppendAsync("by its owner\n");
        await page.SeesTextAsync("by its owner\n");

        await page.EditAsync(TwoNodes.Document); // the other document of this node takes it
        await Assertions.Expect(page.Page.Locator(".notice:not(.refusal)")).ToBeHiddenAsync();
        await page.Editor.ClickAsync();
        await page.Page.Keyboard.TypeAsync("yes");
        await TwoNodes.UntilAsync(() => nodes.Documents[1].Text == "yes");
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task What_is_longer_than_a_message_is_sent_in_pieces()
    {
        await using P2PNode node = await StartAsync(new TextOptions());
        TextDocument notes = await node.Documents.OpenAsync("notes", TwoNodes.Watchdog());
        await using DashboardHost host = await DashboardHost.StartAsync(node, new DashboardOptions { AllowWrites = true, MessageBytesMax = 4096 }, 0);
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(host.Link);
        await page.EditAsync("notes");
        string pasted = string.Concat(Enumerable.Repeat("a \"line\" with \\ and é and 😀, of a log\n", 300)); // more than 11,000 characters, in JSON more bytes
        await page.Page.EvaluateAsync(
            """
            text => {
              const data = new DataTransfer();
              data.setData('text/plain', text);
              document.querySelector('.editor-host').shadowRoot.querySelector('.cm-content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
            }
            """,
            pasted);
        await TwoNodes.UntilAsync(() => notes.Text == pasted);
        await Assertions.Expect(page.Page.Locator("[role=status].state")).ToContainTextAsync("saved ·");
        await page.Page.Keyboard.PressAsync("Control+End");
        await page.Page.Keyboard.TypeAsync("and on");
        await TwoNodes.UntilAsync(() => notes.Text == pasted + "and on");
        Assert.Equal(0, host.Server.Refused(P2P.Dashboard.Security.DashboardRefusal.TooLarge));
        Assert.Empty(page.Errors);
    }

    [BrowserFact]
    public async Task A_log_is_shown_as_entries_that_come_by_themselves_and_takes_no_typing()
    {
        await using P2PNode node = await StartAsync(new TextOptions());
        IReplicatedLog<string> audit = await node.Logs.OpenAsync("audit", TwoNodes.Watchdog());
        await audit.AppendAsync("entry <one>", TwoNodes.Watchdog());
        await using DashboardHost host = await DashboardHost.StartAsync(node, new DashboardOptions { AllowWrites = true }, 0);
        await using WatchedPage page = await chromium.OpenAsync();
        await page.GoAsync(host.Link);
        await page.ViewAsync("editor?doc=audit", "Editor");
        await Assertions.Expect(page.Page.Locator(".entries li bdi")).ToHaveTextAsync(["entry <one>"]);
        await audit.AppendAsync("entry two", TwoNodes.Watchdog());
        await Assertions.Expect(page.Page.Locator(".entries li bdi")).ToHaveTextAsync(["entry <one>", "entry two"]);
        await Assertions.Expect(page.Page.Locator(".editor-host")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Page.Locator(".notice:not(.refusal)")).ToContainTextAsync("This is a log");
        Assert.Empty(page.Errors);
    }

    private static Task<P2PNode> StartAsync(TextOptions text) => P2PNode.StartAsync(new P2POptions
    {
        Mdns = false,
        Network = "browser-tests",
        Listen = [Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")],
        Text = text,
    });
}
