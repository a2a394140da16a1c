/**
 * Data that has what pictures of rules and chains are drawn from; pages of old have not.
 */
import type { PageData, PageFile } from "../../page-data.ts";
import type { PictureData } from "../../picture-data.ts";
import type { TabProps } from "../tab-props.ts";

interface DrawnFile extends PageFile {
  readonly picture: PictureData;
}

/** The page's data, with it. */
export interface DrawnData extends PageData {
  readonly files: readonly DrawnFile[];
}

/** What a picture of it is given. */
export interface DrawnProps extends TabProps {
  readonly data: DrawnData;
}

/** Whether it is there. */
export function isDrawn(data: PageData): data is DrawnData {
  return data.files.every(({ picture }) => picture !== undefined);
}
