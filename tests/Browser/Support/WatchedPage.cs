using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace P2P.Browser.Support;

/// <summary>A page that remembers what went wrong in it and where it sent requests.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    internal WatchedPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Errors.Enqueue($"{message.Type}: {message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => Errors.Enqueue(error);
        page.Request += (_, request) => Hosts[new Uri(request.Url).Authority] = request.Url;
        page.WebSocket += (_, socket) => Hosts[new Uri(socket.Url).Authority] = socket.Url;
    }

    public IPage Page { get; }

    public ConcurrentQueue<string> Errors { get; } = new();

    /// <summary>Every authority a request went to, with one of the requests.</summary>
    public ConcurrentDictionary<string, string> Hosts { get; } = new();

    /// <summary>The editor's text field.</summary>
    public ILocator Editor => Page.Locator(".cm-content");

    public async Task GoAsync(Uri link)
    {
        await Page.GotoAsync(link.ToString());
        await Assertions.Expect(Page.Locator("main h1")).ToBeVisibleAsync();
    }

    /// <summary>Shows a view of the page that is open.</summary>
    public async Task ViewAsync(string view, string heading)
    {
        await Page.EvaluateAsync("view => { location.hash = '#/' + view; }", view);
        await Assertions.Expect(Page.Locator("main h1")).ToHaveTextAsync(heading);
    }

    /// <summary>Opens the editor of a document and waits until it is bound.</summary>
    public async Task EditAsync(string document)
    {
        await ViewAsync($"editor?doc={document}", "Editor");
        await Assertions.Expect(Page.Locator("[role=status].state")).ToContainTextAsync("saved");
    }

    public async Task SeesTextAsync(string text) =>
        await Assertions.Expect(Editor).ToHaveTextAsync(text, new LocatorAssertionsToHaveTextOptions { UseInnerText = true });

    /// <summary>What the editor holds, to the last character.</summary>
    public Task<string> TextAsync() => Page.EvaluateAsync<string>(
        """
        async () => {
          const { EditorView } = await import('./vendor/codemirror.js');
          return EditorView.findFromDOM(document.querySelector('.editor-host').shadowRoot.querySelector('.cm-content')).state.doc.toString();
        }
        """);

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
