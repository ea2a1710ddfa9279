import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

import { readPlace, writePlace, type Place } from "../place.ts";
import { storedToken, storeToken } from "../token.ts";
import { CampaignBoard } from "./CampaignBoard.tsx";
import { formatsFor, ReaderContext, type Reader } from "./reader.ts";
import { TokenBox } from "./TokenBox.tsx";

export function App() {
  const [place, setPlace] = useState<Place>(() => readPlace(location.search));
  const [token, setToken] = useState(storedToken);

  useEffect(() => {
    const followAddress = () => setPlace(readPlace(location.search));
    addEventListener("popstate", followAddress);
    return () => removeEventListener("popstate", followAddress);
  }, []);

  const href = useCallback((change: Partial<Place>) => `${location.pathname}${writePlace({ ...place, ...change })}`, [place]);
  const go = useCallback(
    (change: Partial<Place>) => {
      history.pushState(null, "", href(change));
      setPlace({ ...place, ...change });
    },
    [href, place],
  );
  const reader = useMemo<Reader>(
    () => ({ token, place, go, href, ...formatsFor(place.language) }),
    [token, place, go, href],
  );
  const { words, language } = reader;

  useEffect(() => {
    document.documentElement.lang = language;
    document.title = `${words.title} · bonphu`;
  }, [language, words]);

  const changeToken = (changed: string) => {
    storeToken(changed);
    setToken(changed);
  };

  return (
    <ReaderContext.Provider value={reader}>
      <header class="masthead">
        <a class="mark" href="/">
          bonphu
        </a>
        <span class="masthead-title">{words.title}</span>
        <nav>
          <a href="/graphiql.html">{words.queries}</a>
          <button type="button" class="quiet" lang={language === "vi" ? "en" : "vi"} onClick={() => go({ language: language === "vi" ? "en" : "vi" })}>
            {words.otherLanguage}
          </button>
          {token && (
            <button type="button" class="quiet" onClick={() => changeToken("")}>
              {words.tokenForget}
            </button>
          )}
        </nav>
      </header>
      <main>{token ? <CampaignBoard key={token} onToken={changeToken} /> : <TokenBox onToken={changeToken} />}</main>
    </ReaderContext.Provider>
  );
}
