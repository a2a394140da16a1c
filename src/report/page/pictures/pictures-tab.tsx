/**
 * The pictures: the policy, the flat rules under it, groups that share members, chains. Which one stands in the address.
 */
import type { TabProps } from "../tab-props.ts";
import { ChainsPicture } from "./chains-picture.tsx";
import { linkPicture, type Picture, parseChoice } from "./choice.ts";
import { isDrawn } from "./drawn.ts";
import { FlatPicture } from "./flat-picture.tsx";
import { PolicyPicture } from "./policy-picture.tsx";
import { RulePicture } from "./rule-picture.tsx";
import { SharedPicture } from "./shared-picture.tsx";

const TITLES: readonly (readonly [picture: Picture, title: string])[] = [
  ["policy", "Policy"],
  ["flat", "Flat rules"],
  ["shared", "Shared members"],
  ["chains", "Chains"],
];

/** Shows one of them; all on paper. */
export function PicturesTab(props: TabProps) {
  const { picture } = parseChoice(props.address.item);
  if (props.isPrinted)
    return (
      <>
        {TITLES.map(([name, title]) => (
          <section key={name}>
            <h3>{title}</h3>
            {pictureOf(name, props)}
          </section>
        ))}
      </>
    );
  const current = picture === "rule" ? "flat" : picture;
  return (
    <>
      <div class="filter pictures">
        {TITLES.map(([name, title]) => (
          <a key={name} href={linkPicture(name)} aria-current={name === current ? "true" : undefined}>
            {title}
          </a>
        ))}
      </div>
      {pictureOf(picture, props)}
    </>
  );
}

function pictureOf(picture: Picture, props: TabProps) {
  if (picture === "policy") return <PolicyPicture {...props} />;
  if (picture === "shared") return <SharedPicture {...props} />;
  const { data, ...others } = props;
  if (!isDrawn(data))
    return <p>The markify that wrote this page has not kept what this is drawn from: write it again.</p>;
  const drawn = { ...others, data };
  if (picture === "flat") return <FlatPicture {...drawn} />;
  return picture === "rule" ? <RulePicture {...drawn} /> : <ChainsPicture {...drawn} />;
}
